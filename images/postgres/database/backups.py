"""What pgBackRest knows of backups and archive, and choosing from it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from database.errors import OperationError
from database.wal import Segment, parse_lsn


@dataclass(frozen=True)
class Backup:
    """A set. Times are seconds since 1970."""

    label: str
    kind: str
    start: int
    stop: int
    stop_lsn: int
    timeline: int
    # Bytes of the database, and those that this set added to the repository.
    size: int
    added: int
    # Whether pages with wrong checksums were found.
    damaged: bool


@dataclass(frozen=True)
class Repository:
    """The stanza in one repository. `first` and `last` are names of WAL segments."""

    backups: tuple[Backup, ...]
    archive_id: str
    first: str | None
    last: str | None
    trouble: str | None

    @property
    def sound(self) -> tuple[Backup, ...]:
        """Those without damaged pages, or all where there are no others: half of a page is better than nothing."""
        return tuple(backup for backup in self.backups if not backup.damaged) or self.backups


@dataclass(frozen=True)
class Window:
    """Times that can be restored to."""

    begin: datetime
    end: datetime


def parse_info(content: list[dict[str, Any]], stanza: str, repository: int) -> Repository:
    """
    From `pgbackrest info --output=json`.

    :raises OperationError: when the stanza is not there.
    """
    entry = next((item for item in content if item.get("name") == stanza), None)
    if entry is None:
        raise OperationError(f"the repository has no stanza {stanza}; it is made by: pgbackrest stanza-create")
    status = entry.get("status", {})
    repositories = {int(repo["key"]): repo for repo in entry.get("repo", [])}
    own = repositories.get(repository, {}).get("status", status)
    # 2 is "no valid backups": an empty repository is no fault of pgBackRest.
    trouble = None if own.get("code") in (0, 2) else str(own.get("message", "unknown"))
    # The newest system identifier is the last one.
    archives = [item for item in entry.get("archive", []) if item.get("database", {}).get("repo-key", 1) == repository]
    newest = archives[-1] if archives else {}
    identity = newest.get("database", {}).get("id")
    backups = [
        Backup(
            label=item["label"],
            kind=item["type"],
            start=int(item["timestamp"]["start"]),
            stop=int(item["timestamp"]["stop"]),
            stop_lsn=parse_lsn(item["lsn"]["stop"]) if item.get("lsn") else 0,
            timeline=Segment.parse(item["archive"]["stop"]).timeline if item["archive"].get("stop") else 0,
            size=int(item["info"]["size"]),
            added=int(item["info"].get("repository", {}).get("delta", 0)),
            damaged=bool(item.get("error", False)),
        )
        for item in entry.get("backup", [])
        if item.get("database", {}).get("repo-key", 1) == repository
        and (identity is None or item.get("database", {}).get("id") == identity)
    ]
    return Repository(
        tuple(sorted(backups, key=lambda backup: backup.stop)),
        str(newest.get("id", "")),
        newest.get("min"),
        newest.get("max"),
        trouble,
    )


def parse_target(text: str) -> datetime:
    """
    A time with its zone: `2026-11-20 14:03:05+07:00`, with a space before the zone or without, or `Z`.

    :raises OperationError: when it isn't, or has no zone.
    """
    head, _, tail = text.strip().rpartition(" ")
    compact = head + tail if tail[:1] in ("+", "-", "Z") and head else text.strip()
    try:
        time = datetime.fromisoformat(compact)
    except ValueError as error:
        raise OperationError(f'"{text}" is not a time such as "2026-11-20 14:03:05+07:00"') from error
    if time.tzinfo is None:
        raise OperationError(f'"{text}" has no time zone, so it could mean many moments; write it as "{text}+07:00"')
    return time


def format_target(time: datetime) -> str:
    """As pgBackRest and PostgreSQL both read it."""
    return time.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f+00")


def window(repository: Repository, last_archived: datetime | None) -> Window:
    """
    The window of a repository. `last_archived` is when its newest WAL segment came in.

    :raises OperationError: when nothing can be restored.
    """
    if not repository.backups:
        raise OperationError("the repository has no backup, so nothing can be restored from it")
    begin = datetime.fromtimestamp(repository.sound[0].stop, UTC)
    # A backup brings its WAL with it.
    end = datetime.fromtimestamp(repository.backups[-1].stop, UTC)
    return Window(begin, max(end, last_archived or end))


def choose_for_time(repository: Repository, span: Window, target: datetime) -> Backup:
    """
    The newest set that ended before the target: the least WAL to replay.

    :raises OperationError: when the target is outside the window, with the window.
    """
    if not span.begin < target <= span.end:
        zone = target.tzinfo
        begin, end = (time.astimezone(zone).isoformat(" ", "seconds") for time in (span.begin, span.end))
        side = "before" if target <= span.begin else "after"
        raise OperationError(f'"{target.isoformat(" ")}" is {side} the window, which is from {begin} to {end}')
    return [backup for backup in repository.sound if backup.stop < target.timestamp()][-1]


def choose_for_location(repository: Repository, timeline: int, location: int, ancestors: dict[int, int]) -> Backup:
    """
    The newest set that ended before a location of a timeline, on that timeline or an ancestor.

    :raises OperationError: when there is none.
    """

    def leads_there(backup: Backup) -> bool:
        if backup.stop_lsn > location:
            return False
        if backup.timeline == timeline:
            return True
        return backup.timeline < timeline and backup.stop_lsn <= ancestors.get(backup.timeline, -1)

    able: Sequence[Backup] = [backup for backup in repository.sound if leads_there(backup)]
    if not able:
        raise OperationError(f"the repository has no backup that leads to that location of timeline {timeline}")
    return able[-1]
