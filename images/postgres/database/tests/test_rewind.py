import os
import tempfile
import unittest
from collections.abc import Callable, Collection, Sequence
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from unittest.mock import Mock, patch

from database import rewind as program
from database.deadline import Deadline
from database.errors import OperationError, Unreachable
from database.rewind import mark_for_archive, rewind
from database.tests.support import settings


def host(name: str, city: str) -> str:
    return f"{name}.db.{city}.internal"


def dsn(host: str) -> str:
    return f"dbname=postgres user=rewinder host={host} port=5432 sslmode=verify-full{only_primary}"


# As Patroni's end.
only_primary = " target_session_attrs=read-write"


def options(host: str) -> list[str]:
    return ["--restore-target-wal", "-D", "/data", "--source-server", dsn(host)]


def from_main() -> list[str]:
    return [*options(main)[:-1], dsn(main).removesuffix(only_primary)]


primary = host("core-0", "bandung")
main = host("core-0", "jakarta")


class RewindTest(unittest.TestCase):
    def setUp(self) -> None:
        self.now = 0.0
        self.ran: list[Sequence[str]] = []
        self.codes = [0]
        self.primary: int | None = 3
        # Its timeline at each look, the last for ever.
        self.main: list[int | None] = [3]
        self.answers, self.starting = True, False
        # Restart points that the main is asked for, and what happens then.
        self.asked = 0
        self.after_restart_point: int | None = None

    def timeline_at(self, address: str) -> int:
        if address == dsn(primary):
            found = self.primary
        else:
            self.assertEqual(address, from_main()[-1])
            found = self.main.pop(0) if len(self.main) > 1 else self.main[0]
        if found is None:
            raise Unreachable("away")
        return found

    def write_restart_point(self, address: str) -> None:
        self.assertEqual(address, from_main()[-1])
        self.asked += 1
        if self.after_restart_point is None:
            raise Unreachable("may not")
        self.main = [self.after_restart_point]

    def run_program(self, arguments: Sequence[str]) -> int:
        self.ran.append(list(arguments))
        return self.codes.pop(0)

    def rewind(self, member: str, arguments: Sequence[str] | None = None) -> int:
        def sleep(seconds: float) -> None:
            self.now += seconds

        with redirect_stdout(StringIO()):
            return rewind(
                options(primary) if arguments is None else arguments,
                settings(),
                settings().member(member),
                Deadline(300, lambda: self.now, sleep),
                self.run_program,
                self.timeline_at,
                self.write_restart_point,
                lambda member: self.answers and member.name == "jakarta-core-0",
                lambda _: self.starting,
            )

    def test_takes_the_main_of_the_own_city_when_that_has_come_back(self) -> None:
        self.main = [None, 2, 3]
        self.assertEqual(self.rewind("jakarta-reporting-1"), 0)
        self.assertEqual(self.ran, [from_main()])
        self.assertEqual(self.now, 10)

    def test_asks_a_main_that_only_followed_for_a_restart_point(self) -> None:
        self.main, self.after_restart_point = [2], 3
        self.assertEqual(self.rewind("jakarta-reporting-1"), 0)
        self.assertEqual((self.ran, self.now, self.asked), ([from_main()], 5, 1))

    def test_goes_on_waiting_where_the_main_refuses_one(self) -> None:
        self.main = [2, 2, 3]
        self.assertEqual(self.rewind("jakarta-reporting-1"), 0)
        self.assertEqual((self.ran, self.now, self.asked), ([from_main()], 10, 2))

    def test_takes_the_primary_for_the_main_itself_and_within_a_city(self) -> None:
        for member in ("jakarta-core-0", "bandung-core-1"):
            self.codes = [0]
            self.ran = []
            self.assertEqual(self.rewind(member), 0)
            self.assertEqual(self.ran, [options(primary)])

    def test_takes_the_primary_where_the_main_does_not_come_back(self) -> None:
        self.main = [None]
        self.assertEqual(self.rewind("jakarta-core-1"), 0)
        self.assertEqual(self.ran, [options(primary)])
        self.assertEqual(self.now, 300)

    def test_waits_less_for_a_main_whose_patroni_is_away_too(self) -> None:
        self.main, self.answers = [None], False
        self.assertEqual(self.rewind("jakarta-core-1"), 0)
        self.assertEqual(self.ran, [options(primary)])
        self.assertEqual(self.now, 90)

    def test_the_archiver_waits_less_for_a_main_that_may_need_what_it_archives(self) -> None:
        self.main, self.starting = [None], True
        self.assertEqual(self.rewind("jakarta-reporting-0"), 0)
        self.assertEqual(self.now, 90)
        self.codes, self.now = [0], 0.0
        self.assertEqual(self.rewind("jakarta-core-1"), 0)
        self.assertEqual(self.now, 300)

    def test_takes_the_primary_where_the_main_is_no_good(self) -> None:
        self.codes = [1, 0]
        self.assertEqual(self.rewind("jakarta-core-1"), 0)
        self.assertEqual(self.ran, [from_main(), options(primary)])

    def test_leaves_a_primary_that_is_away_to_pg_rewind_and_does_not_wait(self) -> None:
        self.primary, self.codes = None, [1]
        self.assertEqual(self.rewind("jakarta-core-1"), 1)
        self.assertEqual((self.ran, self.now), ([options(primary)], 0))

    def marked(self, archived: Callable[[Collection[str]], set[str]]) -> list[str]:
        """What is to be archived after a rewind that copied the marks of a source which had archived all but the last segment."""
        with tempfile.TemporaryDirectory() as directory:
            marks = Path(directory) / "pg_wal" / "archive_status"
            marks.mkdir(parents=True)
            for name in ("00000002.history", "00000003.history"):
                (marks.parent / name).touch()
            done = ("00000003.history", "000000020000000000000006.partial", *(f"00000003000000000000000{n}" for n in (6, 7)))
            for name in done:
                (marks / f"{name}.done").touch()
            (marks / "000000030000000000000008.ready").touch()
            with redirect_stdout(StringIO()):
                mark_for_archive(Path(directory), archived)
            return sorted(path.stem for path in marks.glob("*.ready"))

    def test_has_archived_what_the_own_archive_lacks_whatever_the_source_had_archived(self) -> None:
        histories = ["00000002.history", "00000003.history"]
        found = self.marked(lambda segments: {name for name in segments if name.endswith("6")})
        self.assertEqual(found, [*histories, "000000030000000000000007", "000000030000000000000008"])

    def test_has_all_archived_where_the_archive_can_not_be_asked(self) -> None:
        def away(_: Collection[str]) -> set[str]:
            raise OperationError("no bucket")

        self.assertEqual([name[-1] for name in self.marked(away)], ["y", "y", "6", "7", "8"])

    def test_passes_on_what_it_does_not_know(self) -> None:
        self.rewind("jakarta-core-1", options("elsewhere.example"))
        self.assertEqual(self.ran, [options("elsewhere.example")])


class ProgramTest(unittest.TestCase):
    """What Patroni calls: a member's data before and after pg_rewind."""

    own = "1\t0/5000000\tno recovery target specified\n"

    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.data = Path(directory.name) / "data"
        self.wal = self.data / "pg_wal"
        (self.wal / "archive_status").mkdir(parents=True)
        (self.wal / "00000002.history").write_text(self.own, encoding="utf-8")
        self.kept = self.data.parent / "histories" / "00000002.history"
        self.found: str | None = None

    def pg_rewind(self, code: int) -> Mock:
        """Copies the histories of a source whose timeline 4 followed 2, and which had no 3."""

        def copy(_: Sequence[str]) -> int:
            self.found = self.kept.read_text(encoding="utf-8") if self.kept.exists() else None
            newest = f"{self.own}2\t0/7000000\tno recovery target specified\n"
            (self.wal / "00000004.history").write_text(newest, encoding="utf-8")
            return code

        return Mock(side_effect=copy)

    def run_main(self, member: str, code: int) -> None:
        pg_rewind = self.pg_rewind(code)
        arguments = ["-D", str(self.data), "--source-server", dsn("elsewhere.example")]
        with (
            patch.object(program, "load", settings),
            patch.object(program, "clients", lambda _: (Mock(), Mock())),
            patch.object(program, "run_pg_rewind", pg_rewind),
            patch.object(program.PgBackRest, "archived", lambda _, segments: set(segments)),
            patch.dict(os.environ, {"MEMBER_NAME": member}),
            redirect_stdout(StringIO()),
            redirect_stderr(StringIO()),
        ):
            self.assertEqual(program.main(arguments), code)
        pg_rewind.assert_called_once_with(arguments)

    def names(self, pattern: str) -> list[str]:
        return sorted(path.name for path in self.wal.glob(pattern))

    def test_keeps_histories_while_pg_rewind_runs_and_fills_gaps_after_it(self) -> None:
        self.run_main("jakarta-reporting-0", 0)
        self.assertEqual((self.found, self.kept.exists()), (self.own, False))
        self.assertEqual(self.names("*.history"), ["00000002.history", "00000003.history", "00000004.history"])
        ready = ["00000002.history.ready", "00000003.history.ready", "00000004.history.ready"]
        self.assertEqual(self.names("archive_status/*"), ready)

    def test_leaves_the_archive_to_the_member_that_archives(self) -> None:
        self.run_main("jakarta-core-0", 0)
        self.assertEqual(self.names("archive_status/*"), [])

    def test_keeps_histories_for_the_next_attempt_where_pg_rewind_fails(self) -> None:
        self.run_main("jakarta-core-0", 1)
        self.assertEqual(self.kept.read_text(encoding="utf-8"), self.own)
        self.assertEqual(self.names("*.history"), ["00000002.history", "00000004.history"])
        (self.wal / "00000002.history").write_text("# nobody has heard of it\n", encoding="utf-8")
        self.run_main("jakarta-core-0", 0)
        self.assertEqual((self.wal / "00000002.history").read_text(encoding="utf-8"), self.own)

    def test_rewinds_from_the_primary_where_the_settings_can_not_be_read(self) -> None:
        with patch.object(program, "load", Mock(side_effect=OperationError("no settings"))):
            said = StringIO()
            pg_rewind = Mock(return_value=0)
            with redirect_stderr(said), patch.object(program, "run_pg_rewind", pg_rewind):
                self.assertEqual(program.main(options(primary)), 0)
        pg_rewind.assert_called_once_with(options(primary))
        self.assertIn("rewinds from the primary: no settings", said.getvalue())
