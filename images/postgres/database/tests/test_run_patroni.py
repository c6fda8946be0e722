import unittest
from collections.abc import Callable
from typing import Any

from database.run_patroni import confirm, only_for, seconds, shorten


class ShortenTest(unittest.TestCase):
    def test_the_cache_forgets_after_seconds(self) -> None:
        class Resolver:
            def __init__(self, cache_time: float = 600.0, cache_fail_time: float = 30.0) -> None:
                self.times = (cache_time, cache_fail_time)

        shorten(Resolver.__init__)
        self.assertEqual(Resolver().times, (seconds, seconds))

    def test_another_cache_is_refused(self) -> None:
        class Resolver:
            def __init__(self, lifetime: float = 600.0) -> None:
                self.lifetime = lifetime

        with self.assertRaisesRegex(RuntimeError, "takes .*lifetime"):
            shorten(Resolver.__init__)


class NoQuorumError(Exception):
    pass


class Retry:
    deadline = 6.0

    def copy(self) -> "Retry":
        return Retry()

    def __call__(self, method: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        return method(*arguments, **options)


class Client:
    def __init__(self, answers: bool) -> None:
        self.answers = answers
        self.asked: list[tuple[str, bool, float]] = []

    def prefix(self, key: str, serializable: bool = True, *, retry: Any = None) -> Any:
        self.asked.append((key, serializable, retry.deadline))
        if not self.answers:
            raise NoQuorumError
        return {}


class Dcs:
    leader_path = "/service/nusantara/leader"

    def __init__(self, answers: bool) -> None:
        self._retry = Retry()
        self._client = Client(answers)

    @property
    def asked(self) -> list[tuple[str, bool, float]]:
        return self._client.asked

    def _run_and_handle_exceptions(self, method: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        return options.pop("retry")(method, *arguments, **options)


class ConfirmTest(unittest.TestCase):
    def test_a_renewal_counts_once_a_quorum_has_answered(self) -> None:
        dcs = Dcs(answers=True)
        self.assertTrue(confirm(lambda self, leader: True, Client.prefix)(dcs, None))
        [(key, serializable, left)] = dcs.asked
        self.assertEqual((key, serializable), ("/service/nusantara/leader", False))
        self.assertTrue(5 < left <= 6)

    def test_a_lease_that_etcd_renewed_without_a_quorum_is_no_lock(self) -> None:
        with self.assertRaises(NoQuorumError):
            confirm(lambda self, leader: True, Client.prefix)(Dcs(answers=False), None)

    def test_who_has_lost_the_lock_asks_nobody(self) -> None:
        dcs = Dcs(answers=True)
        self.assertFalse(confirm(lambda self, leader: False, Client.prefix)(dcs, None))
        self.assertEqual(dcs.asked, [])

    def test_another_client_is_refused(self) -> None:
        with self.assertRaisesRegex(RuntimeError, "reads with .*linearizable"):
            confirm(lambda self, leader: True, lambda self, key, linearizable: None)


class Request:
    def __init__(self, name: str | None) -> None:
        self._name = name

    def getpeercert(self) -> dict[str, Any] | None:
        kind = "organizationName" if self._name == "" else "commonName"
        return None if self._name is None else {"subject": (((kind, self._name),),)}


class Handler:
    def __init__(self, name: str | None) -> None:
        self.request = Request(name)
        self.refused = 0

    def write_response(self, status: int, body: str) -> None:
        self.refused = status


class AccessTest(unittest.TestCase):
    def allowed(self, handler: Handler) -> object:
        def check_access(self: object, rh: object, allowlist_check_members: bool = True) -> bool:
            return True

        return only_for("patroni", check_access)(None, handler, allowlist_check_members=False)

    def test_whoever_changes_the_cluster_goes_on(self) -> None:
        self.assertTrue(self.allowed(Handler("patroni")))

    def test_a_pooler_may_not_change_the_cluster(self) -> None:
        for name in ("pgbouncer", ""):
            handler = Handler(name)
            self.assertIsNone(self.allowed(handler))
            self.assertEqual(handler.refused, 403)

    def test_who_has_no_certificate_is_left_to_patroni(self) -> None:
        self.assertTrue(self.allowed(Handler(None)))

    def test_another_check_is_refused(self) -> None:
        with self.assertRaisesRegex(RuntimeError, "takes .*; look at it again"):
            only_for("patroni", lambda self, rh: True)


if __name__ == "__main__":
    unittest.main()
