import unittest

from database.abandoned import abandoned
from database.backups import Backup, Repository, choose_for_location, choose_for_time, parse_target, window
from database.errors import OperationError


def backup(label: str, timeline: int, stop_lsn: int, stop: int = 1000, damaged: bool = False) -> Backup:
    return Backup(label, "full", stop - 60, stop, stop_lsn, timeline, 1000, 10, damaged)


def repository(*backups: Backup) -> Repository:
    return Repository(backups, "17-1", "a", "b", None)


class AbandonedTest(unittest.TestCase):
    def labels(self, ends: dict[int, int], current: int, *backups: Backup) -> list[str]:
        return [each.label for each in abandoned(repository(*backups), ends, current)]

    def test_are_those_that_ended_beyond_the_end_of_their_timeline(self) -> None:
        before, after = backup("before", 1, 99), backup("after", 1, 101)
        self.assertEqual(self.labels({1: 100}, 2, before, after, backup("now", 2, 150)), ["after"])

    def test_are_those_of_timelines_that_are_not_in_the_history(self) -> None:
        # Back on timeline 2 after 3 and 4 had been: the new one is 5.
        history = {1: 100, 2: 200}
        sets = [backup("two", 2, 150), backup("three", 3, 250), backup("four", 4, 350), backup("five", 5, 220)]
        self.assertEqual(self.labels(history, 5, *sets), ["three", "four"])

    def test_are_none_of_the_timeline_that_goes_on_and_none_where_nothing_forked(self) -> None:
        self.assertEqual(self.labels({}, 1, backup("one", 1, 10**9)), [])

    def test_are_none_of_before_the_history_that_is_known(self) -> None:
        self.assertEqual(self.labels({7: 700}, 8, backup("old", 3, 50)), [])


class DamagedTest(unittest.TestCase):
    def test_is_not_chosen_where_there_is_a_sound_one(self) -> None:
        both = repository(backup("sound", 1, 100, 1000), backup("damaged", 1, 200, 2000, damaged=True))
        target = parse_target("1970-01-01 00:40:00Z")
        self.assertEqual(choose_for_time(both, window(both, target), target).label, "sound")
        self.assertEqual(choose_for_location(both, 1, 300, {}).label, "sound")

    def test_is_better_than_nothing(self) -> None:
        one = repository(backup("damaged", 1, 100, 1000, damaged=True))
        self.assertEqual(choose_for_location(one, 1, 300, {}).label, "damaged")
        with self.assertRaises(OperationError):
            choose_for_location(one, 1, 50, {})
