import json
import unittest
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from dataclasses import replace
from io import StringIO

from database.cluster import Cluster
from database.deadline import Deadline
from database.errors import OperationError, Unreachable
from database.etcd import Etcd, decode
from database.kubernetes import Kubernetes, parse_pod
from database.patroni import Patroni
from database.reconcile import Reconciliation
from database.tests.support import FakeClient, healthy, settings, told
from database.web import Answer


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Socket:
    def close(self) -> None:
        return


def members(*without: str) -> str:
    return told(healthy(), *without)


def pods(trouble: str | None = None) -> str:
    waiting = {"state": {"waiting": {"reason": trouble}}, "name": "postgres"}
    return json.dumps(
        {
            "items": [
                {
                    "metadata": {"name": name, "uid": name, "labels": {"controller-revision-hash": "r1"}},
                    "status": {"containerStatuses": [waiting] if trouble else []},
                }
                for name in ("core-0", "core-1", "reporting-0", "reporting-1", "etcd-0")
            ]
        }
    )


stateful_set = json.dumps({"metadata": {"generation": 1}, "status": {"observedGeneration": 1, "updateRevision": "r1"}})

sound = {
    ("POST", "kv/range"): "{}",
    ("POST", "kv/deleterange"): "{}",
    ("POST", "maintenance/status"): '{"header": {"member_id": "5"}, "leader": "5"}',
    ("GET", "/cluster"): members(),
    ("GET", "/config"): '{"ttl": 30}',
    ("GET", "/pods"): pods(),
    ("GET", "/core"): stateful_set,
    ("GET", "/reporting"): stateful_set,
    ("GET", "/etcd"): stateful_set,
}


class OutdatedCity:
    """
    Jakarta with an old template in every pod. One that is evicted comes back with the new one, and its member after two
    looks at the cluster, or never. The disruption budget refuses the first evictions.
    """

    def __init__(self, comes_back: bool = True, refused: int = 0) -> None:
        self._refused = refused
        self._looks = 2 if comes_back else 1_000_000
        self._cluster = healthy()
        self._made = dict.fromkeys(("core-0", "core-1", "reporting-0", "reporting-1", "etcd-0"), 0)
        self._left: dict[str, int] = {}
        # What was done, in its order, and how many were down after each eviction.
        self.orders: list[str] = []
        self.down: list[int] = []
        self.answers: dict[tuple[str, str], object] = {
            ("GET", "/cluster"): self._look,
            ("GET", "/pods"): self._pods,
            **{("POST", f"/pods/{name}/eviction"): self._evict(name) for name in self._made},
            ("POST", "/switchover"): self._switch_over,
            ("POST", "jakarta.internal:2379/v3/maintenance/status"): '{"header": {"member_id": "5"}, "leader": "5"}',
            ("POST", "maintenance/status"): '{"header": {"member_id": "6"}, "leader": "5"}',
            ("POST", "maintenance/transfer-leadership"): self._move,
            ("POST", "lease/grant"): '{"ID": "7", "TTL": "60"}',
            ("POST", "kv/txn"): '{"succeeded": true}',
        }

    def _pods(self, _: object) -> str:
        items = [
            {"metadata": {"name": name, "uid": f"{name} {count}", "labels": {"controller-revision-hash": f"r{count}"}}}
            for name, count in self._made.items()
        ]
        return json.dumps({"items": items})

    def _evict(self, name: str) -> Callable[[object], object]:
        def answer(body: object) -> object:
            uid = body["deleteOptions"]["preconditions"]["uid"]  # type: ignore[index]
            assert uid == f"{name} {self._made[name]}"
            self._refused -= 1
            if self._refused >= 0:
                return Answer(429, '{"message": "Cannot evict pod as it would violate the pod\'s disruption budget."}')
            self.orders.append(name)
            self._made[name] += 1
            self._left[f"jakarta-{name}"] = self._looks
            self.down.append(sum(left > 0 for left in self._left.values()))
            return Answer(201, "{}")

        return answer

    def _look(self, _: object) -> str:
        gone = [name for name, left in self._left.items() if left > 0]
        self._left.update({name: self._left[name] - 1 for name in gone})
        return told(self._cluster, *gone)

    def _switch_over(self, body: object) -> str:
        candidate = str(body["candidate"])  # type: ignore[index]
        self.orders.append(f"{candidate} leads")
        self._cluster.reports.update(healthy(candidate).reports)
        return "Successfully switched over"

    def _move(self, _: object) -> str:
        self.orders.append("etcd moves")
        return "{}"


class ReconcileTest(unittest.TestCase):
    def run_with(
        self,
        answers: Mapping[tuple[str, str], object],
        resolves: tuple[str, ...] = ("jakarta", "bandung", "surabaya"),
        seconds: float = 30,
    ) -> tuple[str, FakeClient]:
        client = FakeClient({**answers, **{key: value for key, value in sound.items() if key not in answers}})
        clock = Clock()

        def resolve(host: str, port: int) -> object:
            if not any(city in host for city in resolves):
                raise OSError("Name or service not known")
            return []

        own = settings(dynamicConfiguration={"ttl": 30}, roles={"file": "/roles.sql"})
        etcd = Etcd(own, client, resolve, lambda address, timeout: Socket())  # type: ignore[arg-type, return-value]
        text = StringIO()
        with redirect_stdout(text):
            Reconciliation(
                own,
                Patroni(own, client, clock.sleep),
                etcd,
                Kubernetes(client, "https://k8s", "databases"),
                Deadline(seconds, clock, clock.sleep),
                lambda *_: None,
            ).run()
        return text.getvalue(), client

    def test_a_sound_city_changes_nothing(self) -> None:
        text, client = self.run_with({})
        self.assertIn("every member of jakarta is healthy", text)
        changes = [url for method, url, _ in client.asked if method in ("PATCH", "DELETE") or "eviction" in url]
        self.assertEqual(changes, [])
        self.assertEqual([ask for ask in client.asked if "kv/txn" in ask[1]], [])

    def test_leave_to_begin_empty_is_over_once_the_cluster_has_begun(self) -> None:
        _, client = self.run_with({})
        gone = [decode(body["key"]) for _, url, body in client.asked if url.endswith("kv/deleterange")]
        self.assertEqual(gone, ["/operations/nusantara/new"])

    def test_the_first_city_waits_for_nobody(self) -> None:
        away = {("POST", "kv/range"): Unreachable("away"), ("POST", "maintenance/status"): Unreachable("away")}
        text, _ = self.run_with(away, resolves=("jakarta",))
        self.assertIn("waits for a second city", text)

    def test_the_first_city_tells_pods_that_do_not_start(self) -> None:
        away = {("POST", "kv/range"): Unreachable("away"), ("GET", "/pods"): pods("ImagePullBackOff")}
        with self.assertRaisesRegex(OperationError, "pod core-0: container postgres: ImagePullBackOff"):
            self.run_with(away, resolves=("jakarta",))

    def test_with_other_cities_it_says_which_etcd_is_missing(self) -> None:
        away = {("POST", "kv/range"): Unreachable("away"), ("POST", "maintenance/status"): Unreachable("gone")}
        with self.assertRaisesRegex(OperationError, "etcd of surabaya: etcd-0.etcd.surabaya.internal does not resolve"):
            self.run_with(away, resolves=("jakarta", "bandung"))

    def test_a_table_of_what_is_missing_at_the_end(self) -> None:
        with self.assertRaisesRegex(OperationError, "not healthy:\n  jakarta-reporting-1: not registered in Patroni"):
            self.run_with({("GET", "/cluster"): members("jakarta-reporting-1")})

    def test_another_citys_trouble_is_not_ours(self) -> None:
        text, _ = self.run_with({("GET", "/cluster"): members("bandung-core-0")})
        self.assertIn("every member of jakarta is healthy", text)

    def raise_of(
        self, cluster: Cluster, restart: Mapping[str, object] | None = None, seconds: float = 30
    ) -> tuple[str, list[str]]:
        """What is said, and which orders are given, where `max_connections` is to be raised in each city."""
        waits = {"pending_restart": True, "pending": {"max_connections": ("100", "200")}}
        for name in ("jakarta-core-0", "bandung-core-0", "surabaya-reporting-1"):
            cluster.reports[name] = replace(cluster.reports[name], **waits)
        others = restart or {}

        def restarts(name: str) -> Callable[[object], str]:
            def answer(_: object) -> str:
                cluster.reports[name] = healthy().reports[name]
                return "restarted successfully"

            return answer

        def switchover(body: object) -> str:
            cluster.reports.update(healthy(str(body["candidate"])).reports)  # type: ignore[index]
            return "Successfully switched over"

        text, client = self.run_with(
            {
                ("GET", "/cluster"): lambda _: told(cluster),
                ("POST", "bandung.internal:8008/restart"): others.get("bandung", restarts("bandung-core-0")),
                ("POST", "surabaya.internal:8008/restart"): others.get("surabaya", restarts("surabaya-reporting-1")),
                ("POST", "/switchover"): switchover,
                ("POST", "lease/grant"): '{"ID": "7", "TTL": "60"}',
                ("POST", "kv/txn"): '{"succeeded": true}',
            },
            seconds=seconds,
        )
        orders = [url.split("//")[1] for method, url, _ in client.asked if url.endswith(("/restart", "/switchover"))]
        return text, [order.replace(".db.", " ").replace(".internal:8008/", " ") for order in orders]

    def test_a_raise_restarts_the_standbys_of_other_cities_before_it_moves_the_primary(self) -> None:
        text, orders = self.raise_of(healthy())
        expected = ["core-0 bandung restart", "reporting-1 surabaya restart", "core-0 jakarta switchover"]
        self.assertEqual(orders, expected)
        self.assertIn("jakarta-core-1 is primary", text)
        self.assertIn("bandung-core-0 is restarted", text)

    def test_a_city_where_a_member_is_down_gets_a_minute_and_is_left_out_then(self) -> None:
        cluster = healthy()
        cluster.reports["bandung-core-1"] = replace(cluster.reports["bandung-core-1"], state="stopped")
        text, orders = self.raise_of(cluster, seconds=300)
        self.assertEqual(orders, ["reporting-1 surabaya restart", "core-0 jakarta switchover"])
        self.assertIn("leaves bandung out", text)

    def test_a_city_that_does_not_restart_is_left_out_after_two_tries(self) -> None:
        text, orders = self.raise_of(healthy(), {"bandung": Unreachable("no route")}, seconds=300)
        tried = ["core-0 bandung restart"] * 2
        self.assertEqual(orders, [*tried, "reporting-1 surabaya restart", "core-0 jakarta switchover"])
        self.assertIn("leaves bandung out", text)
        self.assertNotIn("bandung-core-0 is restarted", text)

    def test_a_roll_takes_one_member_at_a_time_and_hands_over_before_it_takes_a_leader(self) -> None:
        city = OutdatedCity()
        text, _ = self.run_with(city.answers, seconds=3600)
        self.assertIn("every member of jakarta is healthy", text)
        before, after = city.orders.index("jakarta-core-1 leads"), city.orders.index("core-0")
        self.assertLess(before, after)
        self.assertEqual(city.orders.index("etcd moves") + 1, city.orders.index("etcd-0"))
        others = ["core-1", "reporting-0", "reporting-1"]
        self.assertEqual(sorted(set(city.orders[:before]) - {"etcd moves", "etcd-0"}), others)
        self.assertEqual(len(city.orders), 7)
        # With each pod that is taken nobody else is down.
        self.assertEqual(city.down, [1] * 5)

    def test_a_roll_stops_at_a_member_that_does_not_come_back(self) -> None:
        city = OutdatedCity(comes_back=False)
        with self.assertRaisesRegex(OperationError, "is back: not in .* s; jakarta-.*: not registered in Patroni"):
            self.run_with(city.answers, seconds=3600)
        self.assertEqual(len(city.orders), 1)

    def test_a_roll_waits_while_the_disruption_budget_is_used_up_by_somebody_else(self) -> None:
        city = OutdatedCity(refused=5)
        text, _ = self.run_with(city.answers, seconds=3600)
        self.assertIn("may not be evicted: Cannot evict pod as it would violate the pod's disruption budget", text)
        self.assertIn("every member of jakarta is healthy", text)
        self.assertEqual(city.down, [1] * 5)

    def test_a_roll_that_the_disruption_budget_never_allows_says_so(self) -> None:
        with self.assertRaisesRegex(OperationError, "rolling stopped: pod .* may not be evicted"):
            self.run_with(OutdatedCity(refused=1_000_000).answers, seconds=300)

    def test_a_missing_stateful_set_is_named(self) -> None:
        with self.assertRaisesRegex(OperationError, "no StatefulSet reporting"):
            self.run_with({("GET", "/reporting"): Answer(404, "{}")})


class PodTest(unittest.TestCase):
    def test_a_pod_without_a_node_says_why(self) -> None:
        condition = {"type": "PodScheduled", "status": "False", "message": "0/3 nodes"}
        found = parse_pod(
            {"metadata": {"name": "a", "uid": "u"}, "status": {"phase": "Pending", "conditions": [condition]}}
        )
        self.assertEqual(found.trouble, "not scheduled: 0/3 nodes")


if __name__ == "__main__":
    unittest.main()
