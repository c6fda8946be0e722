import json
import unittest
from collections.abc import Sequence
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

from database.patroni import Patroni
from database.rejoin import rejoin, surplus
from database.tests.support import FakeClient, settings

history = [
    [1, 1000, "no recovery target specified", "2026-11-20T10:00:00+00:00", "jakarta-core-1"],
    [2, 5000, "no recovery target specified", "2026-11-20T11:00:00+00:00", "bandung-core-0"],
]
ends = {1: 1000, 2: 5000}


def replica(timeline: int, replayed: int | None, **more: Any) -> dict[str, Any]:
    return {"role": "replica", "timeline": timeline, "xlog": {"replayed_location": replayed}, **more}


class SurplusTest(unittest.TestCase):
    def test_of_a_replica_beyond_the_end_of_its_timeline(self) -> None:
        self.assertEqual(surplus(replica(2, 5096), ends), 96)
        self.assertEqual(surplus(replica(1, 5096), ends), 4096)

    def test_is_everything_on_a_timeline_of_which_nobody_heard(self) -> None:
        self.assertEqual(surplus(replica(3, 5096), {**ends, 3: 0}), 5096)

    def test_is_none_up_to_the_end(self) -> None:
        self.assertEqual(surplus(replica(2, 5000), ends), 0)
        self.assertEqual(surplus(replica(2, 4000), ends), 0)

    def test_is_none_on_the_timeline_of_today(self) -> None:
        self.assertEqual(surplus(replica(3, 9000), ends), 0)

    def test_is_none_of_a_primary_and_where_nothing_is_known(self) -> None:
        self.assertEqual(surplus({"role": "primary", "timeline": 2, "xlog": {"location": 9000}}, ends), 0)
        self.assertEqual(surplus(replica(2, None), ends), 0)
        self.assertEqual(surplus({"state": "starting", "role": "replica"}, ends), 0)


class RejoinTest(unittest.TestCase):
    def stopped(self, status: dict[str, Any], name: str = "jakarta-core-1", leader: str = "bandung-core-0") -> list[Path]:
        members = {"members": [{"name": leader, "role": "leader", "state": "running"}]}
        client = FakeClient(
            {
                ("GET", "/patroni"): json.dumps(status),
                ("GET", "/history"): json.dumps(history),
                ("GET", "/cluster"): json.dumps(members),
            }
        )
        stopped: list[Path] = []
        self.ended = 0

        def end_followers(names: Sequence[str]) -> int:
            self.assertIn("jakarta-reporting-0", names)
            self.assertNotIn("bandung-core-1", names)
            self.ended += 1
            return 2

        with redirect_stdout(StringIO()) as said:
            rejoin(settings(), Patroni(settings(), client), name, Path("/data"), stopped.append, end_followers)
        self.assertEqual(bool(stopped), "nobody took over" in said.getvalue())
        self.assertEqual(bool(self.ended), "followers look into the archives" in said.getvalue())
        return stopped

    def test_has_a_main_that_gets_no_wal_end_its_followers(self) -> None:
        self.assertEqual(self.stopped(replica(3, 6000), "jakarta-core-0"), [])
        self.assertEqual(self.ended, 1)

    def test_leaves_followers_alone_that_have_no_reason_to_look_elsewhere(self) -> None:
        for status, name, leader in (
            (replica(3, 6000, replication_state="streaming"), "jakarta-core-0", "bandung-core-0"),
            (replica(3, 6000), "jakarta-core-1", "bandung-core-0"),
            (replica(3, 6000), "jakarta-core-0", "jakarta-core-1"),
        ):
            self.stopped(status, name, leader)
            self.assertEqual(self.ended, 0)

    def test_stops_what_has_left_the_history(self) -> None:
        self.assertEqual(self.stopped(replica(2, 5096)), [Path("/data")])

    def test_leaves_alone_what_only_catches_up(self) -> None:
        self.assertEqual(self.stopped(replica(2, 4000)), [])

    def test_leaves_everything_alone_while_a_person_has_paused_the_cluster(self) -> None:
        self.assertEqual(self.stopped(replica(2, 5096, pause=True)), [])
