"""
Histories of timelines in a member's pg_wal, and placeholders for those of which nobody has heard.

A number that was given to a member which lost the lead before any other had its history is passed over (bin/claim-timeline).
PostgreSQL looks for histories one number after the other and stops at the first that is not there, and a standby asks its
primary for each one up to the primary's: so the place of the number must not stay empty. A placeholder has no ancestors, so
that nobody follows it; whoever did write on that timeline finds no way from it to the next one, and is rewound.

Placeholders come into the archives of the cities with what their archivers receive from the primary, and not from the primary
itself: what it archives lies beside the tails of forks, and may be the only place with the history of the lost timeline.
"""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from database.archive_wal import ends
from database.errors import OperationError
from database.output import say
from database.wal import Segment, format_lsn, is_segment

def file_of(timeline: int) -> str:
    return f"{timeline:08X}.history"


def passed_over_file(data: Path) -> Path:
    """Numbers that were passed over, a line each, until their places are filled; claim-timeline writes them."""
    return data.parent / "passed-over-timelines"


def _kept(data: Path) -> Path:
    return data.parent / "histories"


def histories(wal: Path) -> dict[int, str]:
    """Contents of the histories in a directory of WAL, by timeline."""
    return {int(file.stem, 16): file.read_text(encoding="utf-8") for file in wal.glob("*.history")}


def is_placeholder(history: str) -> bool:
    """Whether a history leads nowhere. Pure."""
    return not ends(history)


def newest(found: Mapping[int, str]) -> int:
    """The newest timeline that is one, 1 where there is none. Pure."""
    return max((timeline for timeline, text in found.items() if not is_placeholder(text)), default=1)


def missing(found: Mapping[int, str]) -> list[int]:
    """Numbers between the newest timeline and its last ancestor that have no history. Pure."""
    last = newest(found)
    if last == 1:
        return []
    ancestor, _ = ends(found[last])[-1]
    return [timeline for timeline in range(ancestor + 1, last) if timeline not in found]


def fill_gap(wal: Path) -> None:
    """
    Writes a placeholder for each number that is missing: the newest history proves that it is no ancestor.

    :raises OSError: when a file can't be read or written.
    """
    for timeline in missing(histories(wal)):
        write_placeholder(wal / file_of(timeline), f"timeline {timeline} was begun by a member of which nobody heard")
        say(f"timeline {timeline} has a placeholder: nobody has heard of it")


def prepare_start(data: Path) -> None:
    """
    Removes placeholders that nothing comes after: a promotion put them there that was broken off, and PostgreSQL would take one for
    the newest timeline, to which no way leads, and end. Writes those that a member lacks which was rewound, or copied, before
    its source had them.

    :raises OSError: when a file can't be read, written or removed.
    """
    fill_gap(data / "pg_wal")
    found = histories(data / "pg_wal")
    for timeline in sorted(found):
        if timeline > newest(found):
            (data / "pg_wal" / file_of(timeline)).unlink()
            say(f"timeline {timeline} was passed over by a promotion that was broken off: its placeholder is removed")


def remove_beyond(wal: Path) -> None:
    """
    Removes segments that begin or lie behind the end of their timeline, with their marks: pg_rewind keeps those of the target around the fork, and
    PostgreSQL would replay them where it has not yet got those of the next timeline. Patroni has archived what waited for that before it rewinds;
    what waits by the source's marks stays.

    :raises OSError: when a file can't be read or removed.
    """
    found = histories(wal)
    location = None
    for timeline, fork in reversed(ends(found.get(newest(found), ""))):
        # A restore to a moment before a fork leaves the fork in the history, and ends its timelines earlier.
        location = fork if location is None else min(fork, location)
        first = Segment.of(timeline, location)
        for file in sorted(wal.glob(f"{timeline:08X}*")):
            marks = wal / "archive_status"
            if not is_segment(file.name) or Segment.parse(file.name) < first or (marks / f"{file.name}.ready").exists():
                continue
            file.unlink()
            (marks / f"{file.name}.done").unlink(missing_ok=True)
            say(f"{file.name} is removed: its timeline ended at {format_lsn(location)}")


def write_placeholder(target: Path, reason: str) -> None:
    """
    Puts a placeholder in a place, whole or not at all.

    :raises FileExistsError: when the place is taken; nothing is overwritten.
    """
    draft = target.with_name(f"{target.name}.draft")
    with draft.open("w", encoding="utf-8") as stream:
        stream.write(f"# {reason}\n")
        stream.flush()
        os.fsync(stream.fileno())
    try:
        os.link(draft, target)
    finally:
        draft.unlink()
    directory = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def fill(data: Path) -> None:
    """
    Fills the places of numbers that a promotion of this member passed over, once there is the history of a later timeline: a
    placeholder that is the newest keeps PostgreSQL from starting.

    :raises OperationError: when a file can't be read or written.
    """
    passed_over = passed_over_file(data)
    wal = data / "pg_wal"
    try:
        numbers = [int(line) for line in passed_over.read_text(encoding="utf-8").split()]
        if newest(histories(wal)) < max(numbers, default=0):
            return
        fill_gap(wal)
        passed_over.unlink()
    except (OSError, ValueError) as error:
        raise OperationError(f"the places of timelines that were passed over are not filled: {error}") from error


def keep(data: Path) -> None:
    """
    Keeps the histories of a member that is rewound, or puts them back where an attempt before has put a placeholder over one:
    pg_rewind copies its source's histories before it has finished, and needs the target's own to begin again.

    :raises OSError: when a file can't be read or written.
    """
    kept = _kept(data)
    kept.mkdir(exist_ok=True)
    for file in (data / "pg_wal").glob("*.history"):
        copy = kept / file.name
        if not is_placeholder(file.read_text(encoding="utf-8")):
            shutil.copy2(file, copy)
        elif copy.exists():
            shutil.copy2(copy, file)


def forget_kept(data: Path) -> None:
    """After a member was rewound."""
    shutil.rmtree(_kept(data), ignore_errors=True)
