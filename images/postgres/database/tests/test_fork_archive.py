import contextlib
import io
import json
import unittest
from datetime import UTC, datetime
from unittest import mock

from database.backup import check
from database.backups import Backup, Repository
from database.deadline import Deadline
from database.errors import OperationError
from database.fork_archive import tidy, useless_before
from database.pgbackrest import PgBackRest
from database.tests.support import settings

day = 24 * 3600
now = datetime(2026, 11, 24, tzinfo=UTC)
archive = "archive/nusantara/17-1"


def days_ago(days: float) -> int:
    return round(now.timestamp() - days * day)


def backups(*starts: int) -> Repository:
    """A repository with a backup of an hour from each moment on."""
    made = [Backup(f"{start}F", "full", start, start + 3600, 1, 1, 1000, 10, False) for start in starts]
    return Repository(tuple(made), "17-1", None, None, None)


def segment(timeline: int, high: int, low: int) -> str:
    return f"{archive}/{timeline:08X}{high:08X}/{timeline:08X}{high:08X}{low:08X}-0e78d9.zst"


class Forks:
    """A repository of pgBackRest 2.55: when each file came in, by its path."""

    def __init__(self, files: dict[str, int]) -> None:
        self.files = {"archive/nusantara/archive.info": 0, "archive/nusantara/archive.info.copy": 0, **files}
        # Commands, in their order.
        self.asked: list[str] = []
        self.broken = False

    def run(self, pgbackrest: PgBackRest, command: str, *options: str) -> str:
        assert "--config=/etc/database/pgbackrest-forks.conf" in pgbackrest.base
        self.asked.append(command)
        if self.broken:
            raise OperationError("pgbackrest repo-ls failed: [039]: Access Denied")
        name, path = command.split(" ")
        if name == "repo-rm":
            assert options == ("--repo=1", "--recurse")
            self.files = {file: time for file, time in self.files.items() if not file.startswith(f"{path}/")}
            return ""
        assert name == "repo-ls"
        assert options == ("--repo=1", "--output=json")
        listing: dict[str, dict[str, object]] = {".": {"type": "path"}}
        for file, time in self.files.items():
            if file.startswith(f"{path}/"):
                entry, _, below = file.removeprefix(f"{path}/").partition("/")
                listing[entry] = {"type": "path"} if below else {"type": "file", "size": 1, "time": time}
        return json.dumps(listing)

    def tidy(self, repository: Repository, seconds: float = 600) -> list[str]:
        passed = iter(range(1000))
        deadline = Deadline(seconds, lambda: float(next(passed)))
        with mock.patch.object(PgBackRest, "run", lambda *given: self.run(*given)):
            with contextlib.redirect_stdout(io.StringIO()):
                return tidy(settings(), repository, now, deadline)

    def removals(self) -> list[str]:
        return [command.removeprefix(f"repo-rm {archive}/") for command in self.asked if "repo-rm" in command]


class LimitTest(unittest.TestCase):
    def test_is_the_oldest_backup(self) -> None:
        self.assertEqual(useless_before(backups(days_ago(15), days_ago(1)), now), days_ago(15))

    def test_is_never_younger_than_a_week(self) -> None:
        self.assertEqual(useless_before(backups(days_ago(1)), now), days_ago(7))

    def test_is_none_where_there_is_no_backup(self) -> None:
        self.assertIsNone(useless_before(backups(), now))


class TidyTest(unittest.TestCase):
    def test_removes_what_no_backup_leads_to(self) -> None:
        forks = Forks(
            {
                segment(1, 0, 254): days_ago(20),
                segment(1, 0, 255): days_ago(16),
                segment(1, 1, 0): days_ago(16),
                segment(1, 1, 1): days_ago(14),
                segment(1, 2, 0): days_ago(1),
                segment(3, 2, 9): days_ago(30),
            }
        )
        self.assertEqual(forks.tidy(backups(days_ago(15))), ["0000000100000000", "0000000300000002"])
        # What comes before the newest of a directory stays with it: the tail of a fork is there or not, as a whole.
        self.assertIn(segment(1, 1, 0), forks.files)
        # Later directories of a timeline were not asked for.
        self.assertNotIn(f"repo-ls {archive}/0000000100000002", forks.asked)

    def test_leaves_the_stanza_and_histories(self) -> None:
        kept = {f"{archive}/00000002.history": days_ago(300), f"{archive}/00000003.history": days_ago(200)}
        forks = Forks({**kept, segment(2, 0, 1): days_ago(100)})
        self.assertEqual(forks.tidy(backups(days_ago(15))), ["0000000200000000"])
        stanza = {"archive/nusantara/archive.info", "archive/nusantara/archive.info.copy"}
        self.assertEqual(set(forks.files), stanza | set(kept))

    def test_keeps_what_was_archived_only_when_a_city_came_back(self) -> None:
        forks = Forks({segment(1, 0, 8): days_ago(40), segment(1, 0, 9): days_ago(0)})
        self.assertEqual(forks.tidy(backups(days_ago(15))), [])
        self.assertIn(segment(1, 0, 8), forks.files)

    def test_keeps_a_week_where_the_repository_of_backups_is_young(self) -> None:
        forks = Forks({segment(1, 0, 8): days_ago(6), segment(2, 0, 8): days_ago(8)})
        self.assertEqual(forks.tidy(backups(days_ago(1))), ["0000000200000000"])

    def test_touches_nothing_where_there_is_no_backup(self) -> None:
        forks = Forks({segment(1, 0, 8): days_ago(100)})
        self.assertEqual(forks.tidy(backups()), [])
        self.assertEqual(forks.asked, [])

    def test_is_done_once_it_is_done(self) -> None:
        forks = Forks({segment(1, 0, 8): days_ago(100)})
        self.assertEqual(len(forks.tidy(backups(days_ago(15)))), 1)
        self.assertEqual(forks.tidy(backups(days_ago(15))), [])
        self.assertEqual(forks.removals(), ["0000000100000000"])

    def test_waits_for_a_stanza_quietly(self) -> None:
        forks = Forks({})
        forks.files = {}
        self.assertEqual(forks.tidy(backups(days_ago(15))), [])

    def test_leaves_what_another_cluster_left(self) -> None:
        former = f"archive/nusantara/17-9/{'0' * 16}/{'0' * 24}-0e78d9.zst"
        newest = former.replace("17-9", "17-10")
        forks = Forks({former: days_ago(100), newest: days_ago(90)})
        forks.tidy(backups(days_ago(15)))
        self.assertIn(former, forks.files)
        self.assertNotIn(newest, forks.files)

    def test_goes_on_another_time_where_there_is_very_much(self) -> None:
        forks = Forks({segment(1, high, 0): days_ago(100) for high in range(9)})
        first = forks.tidy(backups(days_ago(15)), seconds=5)
        self.assertTrue(0 < len(first) < 9)
        self.assertEqual(len(first) + len(forks.tidy(backups(days_ago(15)))), 9)


class CheckTest(unittest.TestCase):
    """A check of a city of which all is well but the archive of forks, perhaps."""

    def check(self, forks: Forks, trouble: str | None = None) -> str:
        seconds = round(datetime.now(UTC).timestamp())
        made = backups(seconds - 15 * day, seconds - 7200).backups
        found = Repository(made, "17-1", None, None, trouble)
        output = io.StringIO()
        self.enterContext(mock.patch("database.backup.repository_host"))
        self.enterContext(mock.patch.object(PgBackRest, "info", lambda _: found))
        self.enterContext(mock.patch.object(PgBackRest, "last_archived", lambda *_: datetime.now(UTC)))
        self.enterContext(mock.patch.object(PgBackRest, "run", lambda *given: forks.run(*given)))
        with contextlib.redirect_stdout(output):
            check(settings())
        return output.getvalue()

    def test_tidies_and_says_what_it_removed(self) -> None:
        forks = Forks({segment(1, 0, 8): 0})
        output = self.check(forks)
        self.assertIn("removed 1 directories of the archive of forks", output)
        self.assertEqual(json.loads(output[output.index("{") :])["forkDirectoriesRemoved"], ["0000000100000000"])

    def test_fails_where_the_archive_of_forks_can_not_be_tidied(self) -> None:
        forks = Forks({})
        forks.broken = True
        with self.assertRaisesRegex(OperationError, "^the archive of forks can't be tidied: .*Access Denied"):
            self.check(forks)

    def test_removes_nothing_while_something_else_is_wrong(self) -> None:
        forks = Forks({segment(1, 0, 8): 0})
        with self.assertRaisesRegex(OperationError, "pgBackRest says"):
            self.check(forks, "missing stanza path")
        self.assertEqual(forks.asked, [])
