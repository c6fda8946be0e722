import contextlib
import importlib.util
import io
import json
import tempfile
import unittest
import unittest.mock
from pathlib import Path
from typing import Any

from database.errors import OperationError, Unreachable
from database.etcd import Etcd, EtcdMember, EtcdStatus, KeyExists, encode
from database.prepare_etcd import Known, initial_cluster, initial_state, prepare_etcd
from database.replace import _check_etcd
from database.settings import EtcdHost
from database.tests.support import FakeClient, cities, settings
from database.web import Answer


def etcd(answers: dict[tuple[str, str], object]) -> Etcd:
    return Etcd(settings(), FakeClient(answers), resolve=lambda host, port: [])


def known(city: str, ran: bool = True, name: str | None = None) -> EtcdMember:
    url = f"https://etcd-0.etcd.{city}.internal"
    return EtcdMember(1, city if name is None else name, (f"{url}:2380",), (f"{url}:2379",) if ran else (), False)


own = "https://etcd-0.etcd.jakarta.internal:2380"
others = [known("bandung"), known("surabaya")]


class EtcdTest(unittest.TestCase):
    def test_goes_on_to_the_next_member(self) -> None:
        away = Unreachable("away")
        client = FakeClient(
            {("POST", "jakarta.internal:2379/v3/kv/range"): away, ("POST", "bandung.internal:2379/v3/kv/range"): "{}"}
        )
        self.assertTrue(Etcd(settings(), client).has_quorum())
        self.assertEqual(len(client.asked), 2)

    def test_no_quorum(self) -> None:
        self.assertFalse(etcd({("POST", "kv/range"): Answer(503, '{"message": "etcdserver: no leader"}')}).has_quorum())

    def test_a_refusal_is_not_asked_elsewhere(self) -> None:
        with self.assertRaisesRegex(OperationError, "refuses cluster/member/promote: not in sync"):
            etcd({("POST", "promote"): Answer(412, '{"message": "not in sync"}')}).promote(known("jakarta"))

    def test_status(self) -> None:
        host = settings().etcd[0]
        found = etcd({("POST", "status"): '{"header": {"member_id": "5"}, "leader": "5"}'}).status(host)
        self.assertTrue(found.leads)
        self.assertIsNone(found.problem)
        lost = etcd({("POST", "status"): '{"header": {"member_id": "5"}}'}).status(host)
        self.assertEqual(lost.problem, "sees no leader")

    def test_a_key_is_made_once(self) -> None:
        reply = json.dumps({"responses": [{"response_range": {"kvs": [{"value": encode("bandung")}]}}]})
        with self.assertRaisesRegex(KeyExists, "bandung"):
            etcd({("POST", "kv/txn"): reply}).create("/lock", "jakarta", 1)


class InitialStateTest(unittest.TestCase):
    def test_first_hour(self) -> None:
        self.assertEqual(initial_state(own, None), "new")
        self.assertEqual(initial_state(own, Known([known("jakarta", ran=False), *others], led=False)), "new")

    def test_one_that_never_ran_joins_those_that_have_a_quorum(self) -> None:
        members = [known("jakarta", ran=False), *others]
        self.assertEqual(initial_state(own, Known(members, led=True)), "existing")

    def test_a_volume_that_was_lost(self) -> None:
        for led in (True, False):
            self.assertEqual(initial_state(own, Known([known("jakarta"), known("bandung")], led)), "lost")
            self.assertEqual(initial_state(own, Known(others, led)), "lost")

    def test_added_anew(self) -> None:
        members = [known("jakarta", ran=False, name=""), known("bandung"), known("surabaya")]
        self.assertEqual(initial_state(own, Known(members, led=True), added=True), "existing")
        self.assertIn(f"jakarta={own}", initial_cluster(settings(), members))


class ReplaceTest(unittest.TestCase):
    def statuses(self, *broken: str) -> list[EtcdStatus]:
        return [EtcdStatus(host, 1, 1, problem="away" if host.city in broken else None) for host in settings().etcd]

    def host(self, city: str) -> EtcdHost:
        return next(host for host in settings().etcd if host.city == city)

    def test_refuses_what_would_lose_the_quorum(self) -> None:
        with self.assertRaisesRegex(OperationError, "no quorum: etcd of surabaya: away"):
            _check_etcd(self.statuses("bandung", "surabaya"), self.host("bandung"), force=True)

    def test_refuses_a_healthy_one_unless_forced(self) -> None:
        with self.assertRaisesRegex(OperationError, "--force"):
            _check_etcd(self.statuses(), self.host("bandung"), force=False)
        _check_etcd(self.statuses(), self.host("bandung"), force=True)
        _check_etcd(self.statuses("bandung"), self.host("bandung"), force=False)


class Cluster:
    """Three members of etcd as jakarta's init container meets them, its own with an empty volume."""

    def __init__(self, away: str | None = None, held: bool = False, silent: int = 0) -> None:
        self.away, self.held, self.silent = away, held, silent
        self.members = [{"ID": str(n), "name": city, "peerURLs": [f"https://etcd-0.etcd.{city}.internal:2380"],
                         "clientURLs": ["https://x:2379"]} for n, city in enumerate(cities, 1)]  # fmt: skip
        self.changes: list[str] = []

    def ask(self, method: str, url: str, body: Any = None, timeout: float | None = None) -> Answer:
        self.silent -= 1
        if self.silent >= 0 or "jakarta" in url or (self.away is not None and self.away in url):
            raise Unreachable("connection refused")
        call = url.split("/v3/")[1]
        if call == "maintenance/status":
            return Answer(200, '{"header": {"member_id": "2"}, "leader": "2"}')
        if call == "kv/range":
            return Answer(200, json.dumps({"kvs": [{"value": encode("[]")}]} if self.held else {}))
        if call == "cluster/member/remove":
            self.changes.append(f"remove {body['ID']}")
            self.members = [member for member in self.members if member["ID"] != body["ID"]]
        if call == "cluster/member/add":
            assert body["isLearner"] is False
            self.changes.append(f"add {body['peerURLs'][0]}")
            self.members.append({"ID": "9", "peerURLs": body["peerURLs"]})
            return Answer(200, json.dumps({"member": self.members[-1]}))
        return Answer(200, json.dumps({"members": self.members}))

    def prepare(self, directory: Path, seconds: int = 60) -> dict[str, Any]:
        source, target = directory / "source.yaml", directory / "etcd.yaml"
        document = {"data-dir": str(directory / "data"), "name": "jakarta", "initial-cluster-state": "new",
                    "initial-cluster-token": "nusantara"}  # fmt: skip
        source.write_text(json.dumps(document), encoding="utf-8")
        found = settings()
        with contextlib.redirect_stdout(io.StringIO()), unittest.mock.patch("database.deadline.Deadline.pause"):
            prepare_etcd(found, Etcd(found, self, resolve=lambda host, port: []), source, target, seconds)
        return dict(json.loads(target.read_text(encoding="utf-8")))


@unittest.skipUnless(importlib.util.find_spec("yaml"), "PyYAML is not here")
class LostVolumeTest(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = Path(directory.name)
        # What it writes is YAML; JSON, which is YAML as well, is read here without a library.
        dump = unittest.mock.patch("yaml.safe_dump", lambda value, **_: json.dumps(value))
        dump.start()
        self.addCleanup(dump.stop)

    def test_it_is_replaced_by_itself_while_both_others_are_healthy(self) -> None:
        cluster = Cluster()
        written = cluster.prepare(self.directory)
        self.assertEqual(cluster.changes, ["remove 1", f"add {own}"])
        self.assertEqual(written["initial-cluster-state"], "existing")
        self.assertEqual(
            sorted(written["initial-cluster"].split(",")),
            sorted(f"{city}=https://etcd-0.etcd.{city}.internal:2380" for city in cities),
        )

    def test_one_that_an_earlier_start_added_may_have_voted_and_is_replaced_again(self) -> None:
        cluster = Cluster()
        cluster.prepare(self.directory)
        cluster.prepare(self.directory)
        self.assertEqual(cluster.changes, ["remove 1", f"add {own}", "remove 9", f"add {own}"])

    def test_a_learner_that_somebody_added_by_hand_joins_as_it_is(self) -> None:
        cluster = Cluster()
        cluster.members[0] = {"ID": "8", "peerURLs": [own], "isLearner": True}
        self.assertEqual(cluster.prepare(self.directory)["initial-cluster-state"], "existing")
        self.assertEqual(cluster.changes, [])

    def test_it_goes_on_where_it_was_ended_between_the_two(self) -> None:
        cluster = Cluster()
        cluster.members = cluster.members[1:]
        cluster.prepare(self.directory)
        self.assertEqual(cluster.changes, [f"add {own}"])

    def test_not_while_another_is_away(self) -> None:
        cluster = Cluster(away="surabaya")
        with self.assertRaisesRegex(OperationError, "not replaced yet: .* no quorum: etcd of surabaya"):
            cluster.prepare(self.directory, 0)
        self.assertEqual(cluster.changes, [])

    def test_not_while_somebody_works_on_the_volumes(self) -> None:
        cluster = Cluster(held=True)
        with self.assertRaisesRegex(OperationError, "a hold is set"):
            cluster.prepare(self.directory, 0)
        self.assertEqual(cluster.changes, [])

    def test_it_is_replaced_where_the_others_can_not_be_reached_at_first(self) -> None:
        cluster = Cluster(silent=4)
        cluster.prepare(self.directory)
        self.assertEqual(cluster.changes, ["remove 1", f"add {own}"])

    def test_where_nobody_answers_for_a_while_it_is_the_first_hour(self) -> None:
        with unittest.mock.patch("database.prepare_etcd.settling", 0):
            written = Cluster(silent=1000).prepare(self.directory)
        self.assertEqual(written["initial-cluster-state"], "new")
        self.assertEqual(written["initial-cluster-token"], "nusantara")

    def test_a_new_cluster_in_place_of_a_lost_one_has_a_token_of_its_own(self) -> None:
        (self.directory / "cluster-token").write_text("1700000000\n", encoding="utf-8")
        with unittest.mock.patch("database.prepare_etcd.settling", 0):
            written = Cluster(silent=1000).prepare(self.directory)
        self.assertEqual(written["initial-cluster-token"], "nusantara-1700000000")

    def test_one_that_the_others_of_a_new_cluster_expect_joins_them(self) -> None:
        cluster = Cluster()
        cluster.members[0]["clientURLs"] = []
        written = cluster.prepare(self.directory)
        self.assertEqual(written["initial-cluster-state"], "existing")
        self.assertEqual(cluster.changes, [])

    def test_directories_of_a_start_that_failed_are_no_data(self) -> None:
        (self.directory / "data" / "member" / "snap").mkdir(parents=True)
        cluster = Cluster()
        self.assertEqual(cluster.prepare(self.directory)["initial-cluster-state"], "existing")
        self.assertFalse((self.directory / "data" / "member").exists())

    def test_a_member_with_data_starts_as_it_is(self) -> None:
        log = self.directory / "data" / "member" / "wal"
        log.mkdir(parents=True)
        (log / "0000000000000000-0000000000000000.wal").touch()
        cluster = Cluster()
        self.assertEqual(cluster.prepare(self.directory)["initial-cluster-state"], "new")
        self.assertEqual(cluster.changes, [])


if __name__ == "__main__":
    unittest.main()
