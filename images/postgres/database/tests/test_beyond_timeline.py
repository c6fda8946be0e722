import os
import subprocess
import tempfile
import unittest
from pathlib import Path

program = Path(__file__).resolve().parents[2] / "bin" / "beyond-timeline"


class BeyondTimelineTest(unittest.TestCase):
    def setUp(self) -> None:
        self.data = Path(self.enterContext(tempfile.TemporaryDirectory()))
        (self.data / "pg_wal").mkdir()
        self.history("0000000B", "10\t0/500000A0\tno recovery target specified\n")
        self.history("0000000D", "10\t0/500000A0\tx\n\n11\t0/5303E208\tbefore 2026-11-23\n\n12\t1/2000000\tx\n")

    def history(self, name: str, text: str) -> None:
        (self.data / "pg_wal" / f"{name}.history").write_text(text)

    def refused(self, file: str, **environment: str) -> bool:
        result = subprocess.run(
            [program, file], env={**os.environ, "PGDATA": str(self.data), **environment}, capture_output=True, text=True
        )
        self.assertIn(result.returncode, (0, 1), result.stderr)
        return result.returncode == 0

    def test_refuses_what_lies_behind_the_end_of_its_timeline_and_the_segment_of_the_fork(self) -> None:
        self.assertFalse(self.refused("0000000B0000000000000052"))
        self.assertTrue(self.refused("0000000B0000000000000053"))
        self.assertTrue(self.refused("0000000B0000000000000054"))
        self.assertTrue(self.refused("0000000B0000000100000000"))

    def test_counts_over_the_end_of_four_gigabytes(self) -> None:
        self.assertFalse(self.refused("0000000C00000000000000FF"))
        self.assertFalse(self.refused("0000000C0000000100000001"))
        self.assertTrue(self.refused("0000000C0000000100000002"))

    def test_takes_the_newest_timeline_one_it_does_not_know_and_what_is_no_segment(self) -> None:
        self.assertFalse(self.refused("0000000D0000000200000000"))
        self.assertFalse(self.refused("0000000E0000000200000000"))
        self.assertFalse(self.refused("0000000C.history"))
        self.assertFalse(self.refused("0000000B0000000000000053.00000028.backup"))

    def test_a_restore_to_a_moment_before_a_fork_ends_the_timelines_before_it_as_well(self) -> None:
        self.history("0000000E", "11\t0/50000000\tx\n12\t0/60000000\tx\n13\t0/53000000\tbefore 2026-11-24\n")
        self.assertFalse(self.refused("0000000C0000000000000052"))
        self.assertTrue(self.refused("0000000C0000000000000053"))
        self.assertTrue(self.refused("0000000D0000000000000053"))
        self.assertTrue(self.refused("0000000B0000000000000050"))
        self.assertFalse(self.refused("0000000E0000000000000053"))

    def test_looks_past_the_place_of_a_timeline_that_was_passed_over(self) -> None:
        self.history("0000000E", "# claimed by surabaya-core-1\n")
        self.assertTrue(self.refused("0000000B0000000000000053"))

    def test_takes_everything_where_there_is_no_history(self) -> None:
        for file in (self.data / "pg_wal").iterdir():
            file.unlink()
        self.assertFalse(self.refused("000000010000000000000053"))

    def test_lets_pg_rewind_read_its_old_timeline(self) -> None:
        self.assertFalse(self.refused("0000000B0000000000000053", REWINDING="yes"))


if __name__ == "__main__":
    unittest.main()
