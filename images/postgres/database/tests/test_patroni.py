import unittest

from database.deadline import Deadline
from database.errors import OperationError
from database.patroni import Patroni
from database.tests.support import FakeClient, healthy, settings, told
from database.web import Answer


class SwitchoverTest(unittest.TestCase):
    def switchover(self, answer: Answer, *leaders: str) -> None:
        views = [told(healthy(leader)) for leader in leaders]

        def cluster(body: object) -> str:
            return views.pop(0) if len(views) > 1 else views[0]

        client = FakeClient({("POST", "/switchover"): answer, ("GET", "/cluster"): cluster})
        now = 0.0

        def sleep(seconds: float) -> None:
            nonlocal now
            now += seconds

        Patroni(settings(), client).switchover("jakarta-core-1", Deadline(30, lambda: now, sleep))

    def test_that_takes_longer_than_patroni_waits_for_it_is_waited_for(self) -> None:
        unknown = Answer(503, "Switchover status unknown")
        self.switchover(unknown, "jakarta-core-0", "jakarta-core-0", "jakarta-core-1")
        with self.assertRaisesRegex(OperationError, "has not become primary in 30 s: .*status unknown"):
            self.switchover(unknown, "jakarta-core-0")

    def test_that_is_refused_is_not(self) -> None:
        with self.assertRaisesRegex(OperationError, "refuses POST /switchover .* 412"):
            self.switchover(Answer(412, "candidate is not streaming"), "jakarta-core-0")
