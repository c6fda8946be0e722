"""Backups and checks of a city's repository, for CronJobs."""

import time
from datetime import UTC, datetime

from database.answering import repository_host
from database.backups import Repository
from database.deadline import Deadline
from database.errors import Locked, OperationError
from database.fork_archive import tidy
from database.output import say, say_json, size
from database.pgbackrest import PgBackRest, own_repository
from database.settings import Settings


# Seconds that backups of other cities get to end. The Job has 20 hours for the waiting, the backup and a second try.
_patience = 4 * 3600

# The same for the first backup of a cluster, which is tried again in an hour anyway.
_first_patience = 1800

# Seconds between two tries.
_pause = 20


def backup(settings: Settings, kind: str, deadline: Deadline | None = None) -> None:
    """
    Makes a backup, `full` or `incr`, and prints a summary. Only one is made at a time in all cities: it waits for others.

    :raises Locked: when another one has not ended by the deadline, 4 hours by default.
    """
    deadline = deadline or Deadline(_patience)
    while True:
        began = time.monotonic()
        try:
            with repository_host(settings) as host:
                host.run("backup", f"--type={kind}", f"--repo={own_repository}", echo=True)
            break
        except Locked:
            if deadline.over():
                raise
            say(f"another backup is running, of this city or of another one: tries again in {_pause} s")
            deadline.pause(_pause)
    seconds = time.monotonic() - began
    backups = PgBackRest(settings, settings.pgbackrest.backup).info().backups
    if not backups:
        raise OperationError("pgbackrest backup ended well, but the repository lists no backup")
    made = backups[-1]
    say(f"{made.label}: {size(made.size)}, {size(made.added)} in the repository, {seconds:.0f} s")
    say_json(
        {
            "label": made.label,
            "type": made.kind,
            "bytes": made.size,
            "repositoryBytes": made.added,
            "seconds": round(seconds, 1),
            "damagedPages": made.damaged,
        }
    )
    if made.damaged:
        raise OperationError(
            f"{made.label} holds pages with wrong checksums; the log above names the files. Check that member's disk"
        )


def assess(settings: Settings, repository: Repository, last_archived: datetime | None, now: datetime) -> list[str]:
    """What is wrong with a repository; empty when nothing is. Pure."""
    problems = []
    if repository.trouble is not None:
        problems.append(f"pgBackRest says of the repository: {repository.trouble}")
    if not repository.backups:
        problems.append("there is no backup")
    else:
        age = now.timestamp() - repository.backups[-1].stop
        if age > settings.limits.backup_age:
            problems.append(
                f"the last backup is {age / 3600:.1f} h old, more than {settings.limits.backup_age / 3600:.0f} h"
            )
    if last_archived is None:
        problems.append("no WAL was ever archived")
    else:
        age = (now - last_archived).total_seconds()
        if age > settings.limits.archive_age:
            problems.append(
                f"the newest WAL is {age / 60:.0f} min old, more than {settings.limits.archive_age / 60:.0f} min"
            )
    return problems


def check(settings: Settings) -> None:
    """
    Sends a WAL segment through the archive and looks at the age of what is there; makes the first backup of a new
    cluster. Where all is well, removes from the archive of forks what no backup leads to: not after each backup, where a failure
    would have the Job make a second one.

    :raises OperationError: with all that is wrong.
    """
    pgbackrest = PgBackRest(settings, settings.pgbackrest.backup)
    problems = []
    try:
        with repository_host(settings) as host:
            host.run("check", echo=True)
        say("a WAL segment went through the archive")
    except OperationError as error:
        problems.append(str(error))
    repository = pgbackrest.info()
    if not repository.backups:
        # A new cluster should not stand without one until the night.
        say("the repository has no backup: makes the first one")
        try:
            backup(settings, "full", Deadline(_first_patience))
        except OperationError as error:
            problems.append(f"the first backup could not be made: {error}")
        repository = pgbackrest.info()
    last = pgbackrest.last_archived(repository)
    now = datetime.now(UTC)
    problems += assess(settings, repository, last, now)
    removed: list[str] = []
    if not problems:
        try:
            removed = tidy(settings, repository, now)
        except OperationError as error:
            problems.append(f"the archive of forks can't be tidied: {error}")
    newest = repository.backups[-1] if repository.backups else None
    say_json(
        {
            "problems": problems,
            "backups": len(repository.backups),
            "lastBackup": newest.label if newest else None,
            "lastBackupAgeSeconds": round(now.timestamp() - newest.stop) if newest else None,
            "lastWal": repository.last,
            "lastWalAgeSeconds": round((now - last).total_seconds()) if last else None,
            "forkDirectoriesRemoved": removed,
        }
    )
    if problems:
        raise OperationError("; ".join(problems))


def verify(settings: Settings) -> None:
    """
    Reads every file of the repository and compares checksums.

    :raises OperationError: when anything is wrong.
    """
    pgbackrest = PgBackRest(settings, settings.pgbackrest.backup)
    began = time.monotonic()
    text = pgbackrest.run("verify", f"--repo={own_repository}", "--output=text", "--verbose")
    for line in text.splitlines():
        say(f"  {line}")
    # In this version pgBackRest ends with 0 whatever it found.
    broken = "status: error" in text or "ERROR" in text
    say_json({"ok": not broken, "seconds": round(time.monotonic() - began, 1)})
    if broken:
        raise OperationError(
            "pgbackrest verify found damage in the repository; make a full backup at once, and read the lines above"
        )
