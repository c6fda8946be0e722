import base64
import http.server
import json
import os
import shutil
import subprocess
import tempfile
import threading
import time
import unittest
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

from database.run_patroni import bridge, clean, without_gaps
from database.timelines import (
    fill,
    forget_kept,
    histories,
    is_placeholder,
    keep,
    missing,
    passed_over_file,
    remove_beyond,
    write_placeholder,
)

second = "1\t0/3000000\tno recovery target specified\n"
fourth = f"{second}2\t0/5000000\tno recovery target specified\n"


class Directory(unittest.TestCase):
    def setUp(self) -> None:
        volume = tempfile.TemporaryDirectory()
        self.addCleanup(volume.cleanup)
        self.data = Path(volume.name) / "data"
        self.wal = self.data / "pg_wal"
        (self.wal / "archive_status").mkdir(parents=True)

    def history(self, timeline: int, text: str) -> None:
        (self.wal / f"{timeline:08X}.history").write_text(text)

    def ready(self) -> list[str]:
        return sorted(file.name for file in (self.wal / "archive_status").iterdir())


class RemoveTest(Directory):
    def test_removes_what_lies_behind_the_end_of_its_timeline_but_for_what_waits_for_the_archive(self) -> None:
        self.history(2, second)
        self.history(4, fourth)
        segments = [(1, 2), (1, 3), (1, 4), (2, 3), (2, 4), (2, 5), (4, 5), (4, 6)]
        names = [f"{timeline:08X}{0:08X}{number:08X}" for timeline, number in segments]
        for name in names:
            (self.wal / name).touch()
            (self.wal / "archive_status" / f"{name}.done").touch()
        (self.wal / "archive_status" / f"{names[2]}.done").rename(self.wal / "archive_status" / f"{names[2]}.ready")
        with redirect_stdout(StringIO()):
            remove_beyond(self.wal)
        left = sorted(file.name for file in self.wal.iterdir() if len(file.name) == 24)
        self.assertEqual(left, [names[at] for at in (0, 2, 3, 4, 6, 7)])
        self.assertEqual(
            self.ready(), sorted(f"{names[at]}.{'ready' if at == 2 else 'done'}" for at in (0, 2, 3, 4, 6, 7))
        )

    def test_a_restore_to_a_moment_before_a_fork_ends_the_timelines_before_it_as_well(self) -> None:
        self.history(4, "1\t0/3000000\tx\n2\t0/9000000\tx\n3\t0/5000000\tbefore 2026-11-24\n")
        names = [f"{2:08X}{0:08X}{number:08X}" for number in (4, 5)]
        for name in names:
            (self.wal / name).touch()
        with redirect_stdout(StringIO()):
            remove_beyond(self.wal)
        self.assertEqual([(self.wal / name).exists() for name in names], [True, False])

    def test_leaves_a_member_without_histories_alone(self) -> None:
        (self.wal / "000000010000000000000003").touch()
        remove_beyond(self.wal)
        self.assertTrue((self.wal / "000000010000000000000003").exists())


class KeyValues(http.server.BaseHTTPRequestHandler):
    """As much of etcd as makes a key unless it is there."""

    keys: dict[str, str]

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        put = asked["success"][0]["request_put"]
        holds = [
            each["target"] == "CREATE" and each["create_revision"] == "0" and each["key"] not in self.keys
            for each in asked["compare"]
        ]
        if all(holds):
            self.keys[put["key"]] = put["value"]
            answer: dict[str, Any] = {"succeeded": True, "responses": [{"response_put": {}}]}
        else:
            key = asked["failure"][0]["request_range"]["key"]
            pairs = [{"key": key, "value": self.keys[key]}]
            answer = {"responses": [{"response_range": {"kvs": pairs, "count": "1"}}]}
        body = json.dumps(answer, separators=(",", ":")).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


@unittest.skipUnless(shutil.which("curl"), "there is no curl here")
class ClaimTest(Directory):
    """What a member is told that wants to begin a timeline. Its control file says 2."""

    def setUp(self) -> None:
        super().setUp()
        KeyValues.keys = {}
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), KeyValues)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
        self.target = self.wal / "RECOVERYHISTORY"
        self.promotion = self.data.parent / "promotion"
        # Seconds since it began.
        self.age = 0
        programs = self.data.parent / "programs"
        programs.mkdir()
        control = programs / "pg_controldata"
        lines = ["Database system identifier:           77", "Latest checkpoint's TimeLineID:       2"]
        control.write_text("\n".join(["#!/bin/sh", "cat <<END", *lines, "END", ""]))
        control.chmod(0o755)

    def run_of(self, start: str) -> str:
        return f"41\n{self.data}\n{start}\n5432\n"

    def claim(self, member: str, run: str, name: str = "00000003.history", promoted: str | None = None) -> bool:
        """
        Whether a run of PostgreSQL finds that somebody else has the number.

        :param promoted: the run that Patroni promotes, by default the same.
        """
        (self.data / "postmaster.pid").write_text(f"{self.run_of(run)}/run/postgresql\n")
        self.promotion.write_text(self.run_of(run if promoted is None else promoted))
        os.utime(self.promotion, (time.time() - self.age,) * 2)
        environment = {
            "PATH": f"{self.data.parent / 'programs'}:{os.environ['PATH']}",
            "PGDATA": str(self.data),
            "MEMBER_NAME": member,
            "ETCD_ENDPOINTS": self.endpoint,
        }
        program = Path(__file__).parents[2] / "bin" / "claim-timeline"
        done = subprocess.run([program, name, self.target], env=environment, capture_output=True, text=True)
        self.said = done.stderr
        self.assertIn(done.returncode, (0, 1), done.stderr)
        self.assertEqual(self.target.exists(), done.returncode == 0)
        self.target.unlink(missing_ok=True)
        return done.returncode == 0

    def claimed(self) -> list[str]:
        return sorted(base64.b64decode(key).decode().removeprefix("/operations/nusantara/timelines/77/") for key in KeyValues.keys)

    def test_a_number_is_given_out_once(self) -> None:
        self.assertFalse(self.claim("bandung-core-0", "one"))
        self.assertTrue(self.claim("surabaya-core-1", "two"))
        self.assertIn("was claimed by bandung-core-0, run 41 one", self.said)
        self.assertFalse(self.claim("surabaya-core-1", "two", "00000004.history"))
        self.assertEqual(passed_over_file(self.data).read_text(), "3\n")
        self.assertEqual(self.claimed(), ["00000003", "00000004"])

    def test_postgresql_may_ask_twice(self) -> None:
        for _ in range(2):
            self.assertFalse(self.claim("bandung-core-0", "one"))
        for _ in range(2):
            self.assertTrue(self.claim("surabaya-core-1", "two"))

    def test_the_next_promotion_of_the_same_member_gets_another_one(self) -> None:
        self.assertFalse(self.claim("bandung-core-0", "one"))
        self.assertTrue(self.claim("bandung-core-0", "two"))

    def test_only_a_promotion_claims_and_only_what_comes_next(self) -> None:
        for name in ("000000020000000000000007", "00000002.history", "00000001.history"):
            self.assertFalse(self.claim("bandung-core-0", "one", name))
        self.assertFalse(self.claim("bandung-core-0", "two", promoted="one"))
        (self.data / "promote").touch()
        self.assertFalse(self.claim("bandung-core-0", "one"))
        (self.data / "promote").unlink()
        self.age = 3600
        self.assertFalse(self.claim("bandung-core-0", "one"))
        self.assertEqual(self.claimed(), [])

    def test_a_demoted_primary_does_not_pass_over_its_successor(self) -> None:
        self.assertFalse(self.claim("bandung-core-0", "one"))
        self.assertFalse(self.claim("surabaya-core-1", "one", "00000004.history"))
        self.assertFalse(self.claim("bandung-core-0", "two", "00000004.history", promoted="one"))

    def test_without_etcd_the_number_is_taken(self) -> None:
        self.endpoint = "http://127.0.0.1:1,http://127.0.0.1:2"
        self.assertFalse(self.claim("bandung-core-0", "one"))
        self.assertIn("taken without being claimed", self.said)


class FillTest(Directory):
    def passed_over(self, *numbers: int) -> None:
        passed_over_file(self.data).write_text("".join(f"{number}\n" for number in numbers))

    def fill(self) -> None:
        with redirect_stdout(StringIO()):
            fill(self.data)

    def test_numbers_between_a_timeline_and_its_ancestor_are_missing(self) -> None:
        self.assertEqual(missing({2: second, 4: fourth}), [3])
        self.assertEqual(missing({2: second, 3: "# a placeholder\n", 4: fourth}), [])
        self.assertEqual(missing({2: second}), [])
        self.assertEqual(missing({}), [])
        self.assertEqual(missing({6: second}), [2, 3, 4, 5])

    def test_the_place_is_filled_after_the_timeline_has_its_history(self) -> None:
        self.history(2, second)
        self.passed_over(3)
        self.fill()
        self.assertEqual((list(histories(self.wal)), passed_over_file(self.data).exists()), ([2], True))
        self.history(4, fourth)
        self.fill()
        self.assertTrue(is_placeholder(histories(self.wal)[3]))
        self.assertEqual(self.ready(), [])
        self.assertFalse(passed_over_file(self.data).exists())

    def test_a_history_that_was_heard_of_meanwhile_stays(self) -> None:
        third = f"{second}2\t0/4000000\tno recovery target specified\n"
        self.history(3, third)
        self.history(4, fourth)
        self.passed_over(3)
        self.fill()
        self.assertEqual(histories(self.wal)[3], third)
        with self.assertRaises(FileExistsError):
            write_placeholder(self.wal / "00000003.history", "too late")
        self.assertEqual(sorted(file.suffix for file in self.wal.iterdir() if file.is_file()), [".history", ".history"])

    def test_what_a_broken_off_promotion_left_does_not_keep_postgresql_from_starting(self) -> None:
        for timeline, text in {2: second, 3: "# a placeholder\n", 4: fourth, 5: "# another\n", 6: "# more\n"}.items():
            self.history(timeline, text)

        class Postgresql:
            data_dir = str(self.data)

            def start(self, timeout: int) -> int:
                return timeout

        Postgresql.start = clean(Postgresql.start)  # type: ignore[method-assign]
        with redirect_stdout(StringIO()):
            self.assertEqual(Postgresql().start(timeout=7), 7)
        self.assertEqual(sorted(histories(self.wal)), [2, 3, 4])
        (self.wal / "00000003.history").unlink()
        with redirect_stdout(StringIO()):
            Postgresql().start(7)
        self.assertEqual(sorted(histories(self.wal)), [2, 3, 4])
        self.history(3, "3\tnowhere\n")
        with redirect_stderr(StringIO()) as said:
            self.assertEqual(Postgresql().start(7), 7)
        self.assertIn("nowhere", said.getvalue())
        shutil.rmtree(self.wal)
        self.assertEqual(Postgresql().start(7), 7)
        with self.assertRaises(RuntimeError):
            clean(lambda: None)


class KeepTest(Directory):
    def test_a_rewind_that_was_broken_off_can_be_repeated(self) -> None:
        lost = f"{second}2\t0/4000000\tno recovery target specified\n"
        self.history(3, lost)
        keep(self.data)
        self.history(3, "# a placeholder of the source\n")
        self.history(4, fourth)
        keep(self.data)
        self.assertEqual(histories(self.wal), {3: lost, 4: fourth})
        self.history(3, "# a placeholder of the source\n")
        forget_kept(self.data)
        keep(self.data)
        self.assertTrue(is_placeholder(histories(self.wal)[3]))


class HistoryTest(Directory):
    lines = [(1, 50331648, "reason"), (2, 83886080, "reason")]

    def test_a_gap_is_bridged(self) -> None:
        found = without_gaps(self.lines, 5, "2026-11-22T10:00:00+00:00", "surabaya-core-1")
        self.assertEqual([line[0] for line in found], [1, 2, 3, 4])
        self.assertEqual({line[1] for line in found[2:]}, {0})
        self.assertEqual((len(found[2]), found[3][3:]), (3, ("2026-11-22T10:00:00+00:00", "surabaya-core-1")))

    def test_a_gap_among_the_ancestors_is_bridged_after_the_next_promotions_too(self) -> None:
        promoted = ("2026-11-22T11:00:00+00:00", "jakarta-core-0")
        lines = [*self.lines, (4, 100663296, "reason", *promoted)]
        found = without_gaps(lines, 5, "2026-11-22T11:00:00+00:00", "jakarta-core-0")
        self.assertEqual(found, [*self.lines, (3, 0, "passed over: nobody heard of it"), lines[-1]])

    def test_one_without_a_gap_stays(self) -> None:
        self.assertEqual(without_gaps(self.lines, 3, "", ""), self.lines)
        self.assertEqual(without_gaps([], 3, "", ""), [])

    def test_patroni_reads_it_so(self) -> None:
        lines = self.lines

        class Postgresql:
            name = "surabaya-core-1"
            wal_dir = str(self.wal)

            def get_history(self, timeline: int) -> list[tuple[int, int, str]]:
                return list(lines)

        Postgresql.get_history = bridge(Postgresql.get_history)  # type: ignore[assignment, method-assign]
        self.history(4, fourth)
        found = Postgresql().get_history(4)
        self.assertEqual((found[-1][0], len(found[-1])), (3, 5))
        self.assertEqual(Postgresql().get_history(5), lines)

    def test_another_reading_is_refused(self) -> None:
        with self.assertRaisesRegex(RuntimeError, "takes .*number"):
            bridge(lambda self, number: [])


if __name__ == "__main__":
    unittest.main()
