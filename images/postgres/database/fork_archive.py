"""
A city's archive of forks: the WAL that its core members archived as primary, in which the tail of a fork is rescued.

pgBackRest keeps WAL for the backups that need it, and nothing is backed up into this repository, so that it never removes any:
a city that is primary for a year has the WAL of a year.
"""

import re
from datetime import UTC, datetime

from database.backups import Repository
from database.deadline import Deadline
from database.output import say
from database.pgbackrest import PgBackRest
from database.settings import Settings

# Seconds for which WAL stays whatever backups there are: without one a person can still read it. The retention of backups is
# longer, unless it is set to less or the repository was made anew.
_least = 7 * 24 * 3600

# Seconds that tidying may take of a check's hour, where it has never been done. The next check goes on.
_patience = 600

# A cluster of which the archive has WAL: `17-1`, major version and a number that counts them.
_cluster = re.compile(r"^\d+-(\d+)$")

# Files of 256 segments share a directory: the timeline, and the first eight digits of their positions.
_directory = re.compile(r"^[0-9A-F]{16}$")


def useless_before(repository: Repository, now: datetime) -> float | None:
    """
    When WAL must have come in at the latest to be of no use, in seconds since 1970: before the oldest backup of the city began,
    from which on alone a fork can be rescued. None where there is no backup. Pure.
    """
    starts = [backup.start for backup in repository.backups]
    return min(min(starts), now.timestamp() - _least) if starts else None


def tidy(settings: Settings, repository: Repository, now: datetime, deadline: Deadline | None = None) -> list[str]:
    """
    Removes the directories of which the newest file is of no use any more, and returns their names. What a city archives only when
    it comes back keeps the whole directory. `archive.info` and histories lie beside the directories, and stay; so does what
    another cluster left in the same bucket, which does not grow.

    :param repository: the city's backups.
    :param deadline: after which it goes on the next time, 10 minutes by default.
    :raises OperationError: when the repository can't be listed or nothing removed from it.
    """
    deadline = deadline or Deadline(_patience)
    before = useless_before(repository, now)
    if before is None:
        return []
    forks = PgBackRest(settings, settings.pgbackrest.forks)
    root = f"archive/{settings.cluster}"
    clusters = {int(match[1]): name for name in forks.entries(root) if (match := _cluster.match(name))}
    if not clusters:
        # Core members make the stanza once they have data.
        return []
    archive = f"{root}/{clusters[max(clusters)]}"
    removed: list[str] = []
    needed: set[str] = set()
    for name in sorted(name for name in forks.entries(archive) if _directory.match(name)):
        timeline = name[:8]
        # Those of a timeline follow each other in time.
        if timeline in needed:
            continue
        if deadline.over():
            say("the archive of forks has more that is of no use: the next check goes on with it")
            break
        times = [time for time in forks.entries(f"{archive}/{name}").values() if time is not None]
        if times and max(times) >= before:
            needed.add(timeline)
        elif times:
            forks.remove(f"{archive}/{name}")
            removed.append(name)
    if removed:
        when = datetime.fromtimestamp(before, UTC).isoformat(" ", "seconds")
        say(f"removed {len(removed)} directories of the archive of forks: all in them came before {when}")
    return removed
