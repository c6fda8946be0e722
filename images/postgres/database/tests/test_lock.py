import unittest

from database.deadline import Deadline
from database.errors import OperationError, Unreachable
from database.etcd import KeyExists
from database.lock import Lock


class FakeEtcd:
    def __init__(self) -> None:
        self.held: str | None = None
        self.alive = True
        self.reachable = True
        self.revoked = 0
        self.leases = 0
        self.holder = 0

    def grant(self, seconds: int) -> int:
        self.leases += 1
        return self.leases

    def keep_alive(self, lease: int) -> bool:
        if not self.reachable:
            raise Unreachable("away")
        return self.alive

    def revoke(self, lease: int) -> None:
        self.revoked += 1
        if lease == self.holder:
            self.held = None

    def create(self, key: str, value: str, lease: int) -> None:
        if self.held is not None:
            raise KeyExists(self.held)
        self.held = value
        self.holder = lease


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class LockTest(unittest.TestCase):
    def setUp(self) -> None:
        self.etcd = FakeEtcd()
        self.clock = Clock()

    def lock(self, seconds: float = 60) -> Lock:
        return Lock(self.etcd, "/lock", "jakarta", Deadline(seconds, self.clock, self.clock.sleep), 60, self.clock)

    def test_is_given_back(self) -> None:
        with self.lock() as lock:
            lock.assert_held()
        self.assertEqual(self.etcd.revoked, 1)

    def test_is_held_where_the_answer_to_it_was_lost(self) -> None:
        class Forgetful(FakeEtcd):
            def create(self, key: str, value: str, lease: int) -> None:
                self.held = value
                raise KeyExists(value)

        self.etcd = Forgetful()
        with self.lock() as lock:
            lock.assert_held()

    def test_keeps_a_second_hand_out_until_it_is_given_back(self) -> None:
        with self.lock():
            with self.assertRaisesRegex(OperationError, "held by"), self.lock(12):
                self.fail("taken")
        with self.lock() as lock:
            lock.assert_held()

    def test_says_who_holds_it_when_the_time_is_over(self) -> None:
        self.etcd.held = "bandung"
        with self.assertRaisesRegex(OperationError, "held by bandung"), self.lock(12):
            self.fail("taken")
        self.assertEqual(self.etcd.revoked, 1)

    def test_a_lease_that_ended_is_an_error_before_the_next_step(self) -> None:
        with self.lock() as lock:
            self.etcd.alive = False
            lock.renew()
            with self.assertRaisesRegex(OperationError, "lock in etcd is lost"):
                lock.assert_held()

    def test_silence_of_etcd_counts_as_lost_in_good_time(self) -> None:
        with self.lock() as lock:
            self.etcd.reachable = False
            self.clock.now = 40
            lock.renew()
            lock.assert_held()
            self.clock.now = 46
            with self.assertRaises(OperationError):
                lock.assert_held()
            self.etcd.reachable = True
            lock.renew()
            lock.assert_held()


if __name__ == "__main__":
    unittest.main()
