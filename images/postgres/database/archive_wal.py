"""
Archive command of a standby that archives (`archive_mode=always`): pushes a segment unless it was cut short.

Where a timeline ends in the middle of a segment, a standby hands the rest of it to the archive as zeros, under the
segment's full name. A primary that is promoted calls its own `.partial`, because recovery would take the full name for
the whole and end there: a member of the old timeline that restores it overwrites its own copy and can't be rewound any
more. What was written before the end stands in the same segment of the next timeline as well.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from database.errors import OperationError
from database.output import complain, say
from database.wal import Segment, parse_lsn


def ends(history: str) -> list[tuple[int, int]]:
    """
    Timelines of a history file with the location at which each one ends. Pure.

    :raises OperationError: when the location is none.
    """
    lines = [line.split("\t") for line in history.splitlines() if line.strip() and not line.startswith("#")]
    return [(int(fields[0]), parse_lsn(fields[1])) for fields in lines if len(fields) > 1]


def is_cut_short(name: str, histories: Sequence[str]) -> bool:
    """Whether one of the histories says that the segment's timeline ends in it; False for what is no segment. Pure."""
    try:
        segment = Segment.parse(name)
    except OperationError:
        return False
    return any(
        Segment.of(timeline, location) == segment
        for history in histories
        for timeline, location in ends(history)
    )


def main(arguments: Sequence[str]) -> int:
    """`PATH COMMAND …`: the exit code 0 for a segment that was cut short; else becomes the command."""
    path, *command = arguments
    file = Path(path)
    try:
        histories = [each.read_text() for each in file.parent.glob("*.history")]
        if is_cut_short(file.name, histories):
            say(f"{file.name} is not archived: its timeline ends in it, and the next one has what is valid of it")
            return 0
    except (OSError, ValueError, OperationError) as error:
        complain(f"{file.name} can't be archived, as a history file can't be read: {error}")
        return 1
    os.execvp(command[0], command)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
