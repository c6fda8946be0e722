import tempfile
import unittest
from pathlib import Path

from database.cluster import Cluster, Report
from database.room import must_yield, room_on, segment
from database.tests.support import settings

primary = "jakarta-core-0"


def cluster(paused: bool = False, **states: str) -> Cluster:
    reports = {name.replace("_", "-"): state for name, state in states.items()}
    return Cluster(
        {
            primary: Report(primary, "leader", "running"),
            **{name: Report(name, "replica", state) for name, state in reports.items()},
        },
        paused,
    )


class RoomTest(unittest.TestCase):
    def yields(self, found: Cluster, room: int = segment - 1, name: str = primary) -> bool:
        return must_yield(settings(), settings().member(name), found, room)

    def test_a_primary_without_room_for_a_segment_yields_to_a_candidate(self) -> None:
        self.assertTrue(self.yields(cluster(jakarta_core_1="streaming")))
        # Its upstream ends again and again.
        self.assertTrue(self.yields(cluster(bandung_core_0="in archive recovery")))

    def test_yields_whatever_patroni_still_lists(self) -> None:
        self.assertTrue(self.yields(cluster(somebody_else="stopped", jakarta_core_1="streaming")))
        self.assertFalse(self.yields(cluster(somebody_else="streaming")))

    def test_goes_on_with_room(self) -> None:
        self.assertFalse(self.yields(cluster(jakarta_core_1="streaming"), segment))

    def test_goes_on_where_nobody_could_take_its_place(self) -> None:
        self.assertFalse(self.yields(cluster()))
        self.assertFalse(self.yields(cluster(jakarta_reporting_0="streaming", jakarta_core_1="stopped")))
        self.assertFalse(self.yields(cluster(paused=True, jakarta_core_1="streaming")))

    def test_a_replica_has_nothing_to_give_up(self) -> None:
        self.assertFalse(self.yields(cluster(jakarta_core_1="streaming"), name="jakarta-core-1"))

    def test_room_is_that_of_the_volume(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            self.assertGreater(room_on(Path(directory)), 0)
