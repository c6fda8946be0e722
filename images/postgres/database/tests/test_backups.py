import unittest
from datetime import datetime

from database.backup import assess
from database.backups import (
    Backup,
    Repository,
    choose_for_location,
    choose_for_time,
    format_target,
    parse_info,
    parse_target,
    window,
)
from database.errors import OperationError
from database.instance import from_control, last_transaction_in, trouble_in
from database.pgbackrest import explain
from database.rescue import require_whole, summarize
from database.rows import compare
from database.tests.support import settings
from database.wal import Segment, format_lsn, lineage, parse_lsn


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def backup(label: str, stop: str, stop_lsn: int = 0, timeline: int = 1) -> Backup:
    seconds = int(moment(stop).timestamp())
    return Backup(label, "full", seconds - 60, seconds, stop_lsn, timeline, 1000, 10, False)


two = Repository(
    (backup("A", "2026-11-19T01:00:00+00:00", 100, 1), backup("B", "2026-11-20T01:00:00+00:00", 200, 2)),
    "17-1", "000000010000000000000001", "000000020000000000000009", None,
)  # fmt: skip


class InfoTest(unittest.TestCase):
    def test_reads_what_pgbackrest_says(self) -> None:
        entry = {
            "name": "nusantara",
            "status": {"code": 0, "message": "ok"},
            "archive": [{"id": "17-1", "min": "a", "max": "b", "database": {"id": 1, "repo-key": 1}}],
            "repo": [{"key": 1, "status": {"code": 0, "message": "ok"}}],
            "backup": [
                {
                    "label": "20261121-095232F",
                    "type": "full",
                    "error": False,
                    "database": {"id": 1, "repo-key": 1},
                    "timestamp": {"start": 1, "stop": 2},
                    "lsn": {"start": "0/1", "stop": "0/9000120"},
                    "archive": {"start": "000000010000000000000009", "stop": "000000010000000000000009"},
                    "info": {"size": 52494505, "repository": {"delta": 9691040}},
                }
            ],
        }
        found = parse_info([entry], "nusantara", 1)
        self.assertEqual(found.backups[0].stop_lsn, 0x9000120)
        self.assertEqual(found.last, "b")
        self.assertIsNone(found.trouble)
        with self.assertRaisesRegex(OperationError, "no stanza other"):
            parse_info([entry], "other", 1)

    def test_errors_of_pgbackrest_are_one_line(self) -> None:
        log = (
            "2026 P00  ERROR: [082]: WAL segment was not archived\n"
            "       HINT: check the archive_command\n2026 P00   INFO: end"
        )
        self.assertEqual(explain(log), "[082] WAL segment was not archived HINT: check the archive_command")


class TargetTest(unittest.TestCase):
    def test_zones(self) -> None:
        expected = moment("2026-11-20T14:03:05+07:00")
        for text in ("2026-11-20 14:03:05+07:00", "2026-11-20 14:03:05 +07:00", "2026-11-20T07:03:05Z"):
            self.assertEqual(parse_target(text), expected)
        self.assertEqual(format_target(expected), "2026-11-20 07:03:05.000000+00")
        with self.assertRaisesRegex(OperationError, "no time zone"):
            parse_target("2026-11-20 14:03:05")
        with self.assertRaisesRegex(OperationError, "is not a time"):
            parse_target("yesterday")

    def test_outside_the_window_the_window_is_told(self) -> None:
        span = window(two, moment("2026-11-20T05:00:00+00:00"))
        for target, side in (("2026-11-18 00:00:00+07:00", "before"), ("2026-11-20 12:00:01+07:00", "after")):
            with self.assertRaisesRegex(
                OperationError, f"{side} the window, which is from 2026-11-19 08:00:00\\+07:00"
            ):
                choose_for_time(two, span, moment(target))

    def test_takes_the_newest_set_before_the_target(self) -> None:
        span = window(two, moment("2026-11-20T05:00:00+00:00"))
        self.assertEqual(choose_for_time(two, span, moment("2026-11-20 02:00:00+00:00")).label, "B")
        self.assertEqual(choose_for_time(two, span, moment("2026-11-20 01:00:00+00:00")).label, "A")

    def test_nothing_to_restore(self) -> None:
        with self.assertRaisesRegex(OperationError, "has no backup"):
            window(Repository((), "17-1", None, None, None), None)

    def test_a_location_is_reached_only_along_its_timeline(self) -> None:
        # Timeline 1 ended at 150, so B, made on timeline 2, does not lead to what timeline 1 had beyond.
        self.assertEqual(choose_for_location(two, 1, 250, {}).label, "A")
        self.assertEqual(choose_for_location(two, 2, 250, {1: 150}).label, "B")
        self.assertEqual(choose_for_location(two, 2, 190, {1: 150}).label, "A")
        with self.assertRaises(OperationError):
            choose_for_location(two, 1, 50, {})


class WalTest(unittest.TestCase):
    def test_locations_and_segments(self) -> None:
        self.assertEqual(format_lsn(parse_lsn("16/B374D848")), "16/B374D848")
        self.assertEqual(Segment.of(5, parse_lsn("16/B374D848")).name(), "0000000500000016000000B3")
        segment = Segment.parse("0000000500000016000000FF")
        self.assertEqual(segment.next().name(), "000000050000001700000000")
        for bad in ("16B374D848", "0000000500000016000000F"):
            with self.assertRaises(OperationError):
                parse_lsn(bad)
            with self.assertRaises(OperationError):
                Segment.parse(bad)

    def test_lineage(self) -> None:
        self.assertEqual(lineage([(1, 100), (2, 200), (3, 300)], 3), {1: 100, 2: 200})


class AssessTest(unittest.TestCase):
    def test_ages(self) -> None:
        now = moment("2026-11-20T02:00:00+00:00")
        self.assertEqual(assess(settings(), two, now, now), [])
        late = moment("2026-11-21T04:00:00+00:00")
        self.assertEqual(
            assess(settings(), two, now, late),
            ["the last backup is 27.0 h old, more than 26 h", "the newest WAL is 1560 min old, more than 15 min"],
        )
        empty = Repository((), "17-1", None, None, None)
        self.assertEqual(assess(settings(), empty, None, now), ["there is no backup", "no WAL was ever archived"])


class InstanceTest(unittest.TestCase):
    def test_minimums_from_the_control_file(self) -> None:
        text = (
            "pg_control version number:            1700\n"
            "max_connections setting:              60\n"
            "wal_level setting:                    replica\n"
        )
        self.assertEqual(from_control(text), {"max_connections": "60", "wal_level": "replica"})

    def test_why_recovery_failed(self) -> None:
        log = (
            "LOG:  last completed transaction was at log time 2026-11-20 14:03:05+07\n"
            "FATAL:  recovery ended before configured recovery target was reached\n"
        )
        self.assertIn("the window ends there", trouble_in(log) or "")
        self.assertEqual(last_transaction_in(log), "2026-11-20 14:03:05+07")
        self.assertIsNone(last_transaction_in("LOG:  redo is not required\n"))
        self.assertEqual(trouble_in("FATAL:  could not map"), "could not map")
        self.assertIsNone(trouble_in("FATAL:  the database system is starting up\n"))


class RowsTest(unittest.TestCase):
    def test_exact_and_nearly(self) -> None:
        self.assertEqual(compare({"a": 5}, {"a": 5}, True), {})
        self.assertEqual(compare({"a": 5}, {"a": 4}, True), {"a": "5 live, 4 restored"})
        self.assertEqual(compare({"a": 500_000}, {"a": 500_400}, False), {})
        self.assertEqual(compare({"a": 1}, {}, False), {"a": "1 live, absent restored"})


class RescueTest(unittest.TestCase):
    def test_summary_of_a_dump(self) -> None:
        dump = (
            "rmgr: Heap        len (rec/tot):     71/    71, tx:        742, lsn: 0/05000110, prev 0/050000D8, "
            "desc: INSERT off: 3, flags: 0x08, blkref #0: rel 1663/16384/16400 blk 0\n"
            "rmgr: Transaction len (rec/tot):     34/    34, tx:        742, lsn: 0/05000158, prev 0/05000110, "
            "desc: COMMIT 2026-11-21 10:00:00.123456 UTC\n"
        )
        tail = summarize(dump)
        self.assertEqual((tail.commits, tail.first), (1, "2026-11-21 10:00:00.123456 UTC"))
        self.assertEqual(tail.relations, {"1663/16384/16400": 1})

    def test_says_when_recovery_ended_before_the_fork(self) -> None:
        fork = parse_lsn("0/8F014478")
        require_whole(fork, fork, has_tail=True)
        with self.assertRaisesRegex(OperationError, "recovery ended at 0/7F000000, before the fork at 0/8F014478"):
            require_whole(parse_lsn("0/7F000000"), fork, has_tail=True)
        with self.assertRaises(OperationError):
            require_whole(fork - 1, fork, has_tail=True)
        # The segment of the fork may be in the archive of the new timeline only, and the last record before it end in it.
        require_whole(parse_lsn("0/8EFFFFA0"), fork, has_tail=False)
        with self.assertRaises(OperationError):
            require_whole(parse_lsn("0/8E000000"), fork, has_tail=False)


if __name__ == "__main__":
    unittest.main()
