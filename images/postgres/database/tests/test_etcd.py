import json
import unittest

from database.errors import OperationError, Unreachable
from database.etcd import Etcd, EtcdMember, EtcdStatus, KeyExists, encode
from database.prepare_etcd import initial_cluster, initial_state
from database.replace import _check_etcd
from database.settings import EtcdHost
from database.tests.support import FakeClient, settings
from database.web import Answer


def etcd(answers: dict[tuple[str, str], object]) -> Etcd:
    return Etcd(settings(), FakeClient(answers), resolve=lambda host, port: [])


def known(city: str, ran: bool = True, name: str | None = None) -> EtcdMember:
    url = f"https://etcd-0.etcd.{city}.internal"
    return EtcdMember(1, city if name is None else name, (f"{url}:2380",), (f"{url}:2379",) if ran else (), False)


own = "https://etcd-0.etcd.jakarta.internal:2380"


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
        self.assertEqual(initial_state(own, [known("jakarta", ran=False), known("bandung"), known("surabaya")]), "new")

    def test_a_volume_that_was_lost(self) -> None:
        self.assertEqual(initial_state(own, [known("jakarta"), known("bandung")]), "lost")
        self.assertEqual(initial_state(own, [known("bandung"), known("surabaya")]), "lost")

    def test_added_anew(self) -> None:
        members = [known("jakarta", ran=False, name=""), known("bandung"), known("surabaya")]
        self.assertEqual(initial_state(own, members), "existing")
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


if __name__ == "__main__":
    unittest.main()
