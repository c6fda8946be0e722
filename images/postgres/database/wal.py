"""Arithmetic of WAL locations and segments. Pure."""

import re
from dataclasses import dataclass

from database.errors import OperationError

# Size of a segment unless initdb was told otherwise, in bytes.
segment_size = 16 * 1024 * 1024

_location = re.compile(r"^([0-9A-F]{1,8})/([0-9A-F]{1,8})$", re.IGNORECASE)
_segment = re.compile(r"^[0-9A-F]{24}$")


def parse_lsn(text: str) -> int:
    """:raises OperationError: when it is not like `16/B374D848`."""
    match = _location.match(text)
    if match is None:
        raise OperationError(f'"{text}" is not a WAL location such as 16/B374D848')
    return (int(match[1], 16) << 32) + int(match[2], 16)


def is_segment(name: str) -> bool:
    """Whether a file of that name is a whole segment."""
    return _segment.match(name) is not None


def format_lsn(location: int) -> str:
    return f"{location >> 32:X}/{location & 0xFFFFFFFF:X}"


@dataclass(frozen=True, order=True)
class Segment:
    """A WAL segment: its number counts from the beginning of all WAL."""

    timeline: int
    number: int

    @classmethod
    def of(cls, timeline: int, location: int, size: int = segment_size) -> "Segment":
        """The segment that holds the byte at a location."""
        return cls(timeline, location // size)

    @classmethod
    def parse(cls, name: str, size: int = segment_size) -> "Segment":
        """:raises OperationError: when it is not a file name of 24 hexadecimal digits."""
        if not is_segment(name):
            raise OperationError(f'"{name}" is not the name of a WAL segment')
        return cls(int(name[:8], 16), int(name[8:16], 16) * (0x100000000 // size) + int(name[16:], 16))

    def name(self, size: int = segment_size) -> str:
        per_file = 0x100000000 // size
        return f"{self.timeline:08X}{self.number // per_file:08X}{self.number % per_file:08X}"

    def next(self) -> "Segment":
        return Segment(self.timeline, self.number + 1)


def lineage(history: list[tuple[int, int]], timeline: int) -> dict[int, int]:
    """
    Where each ancestor of a timeline ends, from Patroni's history.

    Patroni's history is that of the timeline the cluster is on: every entry is an ancestor of the next.
    """
    return {number: end for number, end in history if number < timeline}
