"""
Reserves the number of a new timeline: what Patroni runs between taking the lead and promoting (`pre_promote`).

PostgreSQL gives a new timeline the first number of which it finds no history. A member that is promoted and loses the lead
before any other has received that history has used a number that the next primary takes as well. From then on there are
two histories of one name: Patroni and pg_rewind, which compare timelines, see no difference, and who followed the one
goes on with the other's WAL.

So numbers are given out by etcd, once, to whoever has the lead. For each one that was given to somebody else, and of
which this member has no history, a placeholder is put in its place: PostgreSQL passes over it, standbys and archives get
it with the histories, and whoever did write on that timeline finds no way from it to the new one and is rewound. A
placeholder has no ancestors, so that nobody follows it.
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Collection
from pathlib import Path

from database.errors import OperationError
from database.etcd import Etcd
from database.output import complain, say
from database.settings import Settings
from database.settings_file import load

_history = re.compile(r"^([0-9A-F]{8})\.history$")
_control = re.compile(r"^(?:Latest checkpoint's TimeLineID|Min recovery ending loc's timeline):\s+(\d+)$", re.MULTILINE)

# Attempts to take a number. Another one that takes the same is only who has just lost the lead.
_attempts = 5


def prefix(settings: Settings) -> str:
    return f"/operations/{settings.cluster}/timelines/"


def _key(settings: Settings, timeline: int) -> str:
    return f"{prefix(settings)}{timeline:08X}"


def _leader_key(settings: Settings) -> str:
    return f"/service/{settings.cluster}/leader"


def histories(wal: Path) -> set[int]:
    """Timelines whose history, or a placeholder, is in a directory of WAL."""
    return {int(match[1], 16) for file in wal.iterdir() if (match := _history.match(file.name)) is not None}


def timeline_in(control: str) -> int:
    """
    The newest timeline in what pg_controldata says. Pure.

    :raises OperationError: when it says none.
    """
    found = [int(number) for number in _control.findall(control)]
    if not found:
        raise OperationError("pg_controldata names no timeline")
    return max(found)


def skipped(known: Collection[int], current: int, reserved: Collection[int]) -> list[int]:
    """Timelines up to the newest one that have neither a history nor are past. Pure."""
    newest = max([current, *known, *reserved])
    return [number for number in range(current + 1, newest + 1) if number not in known]


def write_placeholder(wal: Path, timeline: int, holder: str) -> None:
    """Puts a history without ancestors into a directory of WAL, whole or not at all."""
    file = wal / f"{timeline:08X}.history"
    draft = file.with_suffix(".placeholder")
    with draft.open("w", encoding="utf-8") as stream:
        stream.write(f"# reserved for {holder}, and never heard of by whoever made the next timeline\n")
        stream.flush()
        os.fsync(stream.fileno())
    draft.rename(file)


def reserve(settings: Settings, etcd: Etcd, member: str, data: Path, control: Callable[[], str]) -> int:
    """
    The number that PostgreSQL will take, which from now on is this member's.

    :param control: what pg_controldata says.
    :raises OperationError: when the member has not the lead, or no etcd answers; then it must not be promoted.
    """
    wal = data / "pg_wal"
    current = timeline_in(control())
    for _ in range(_attempts):
        reserved = {int(key.removeprefix(prefix(settings)), 16): holder for key, holder in etcd.below(prefix(settings))}
        for number in skipped(histories(wal), current, reserved):
            holder = reserved.get(number, "somebody")
            say(f"timeline {number} was reserved for {holder}, and this member has not heard of it: it is passed over")
            write_placeholder(wal, number, holder)
        wanted = max([current, *histories(wal)]) + 1
        if etcd.claim(
            _key(settings, wanted),
            member,
            guard=(_leader_key(settings), member),
            forget=(prefix(settings), _key(settings, current)),
        ):
            say(f"timeline {wanted} is reserved for {member}")
            return wanted
        leader = etcd.get(_leader_key(settings))
        if leader != member:
            raise OperationError(f"{member} is not promoted: {leader or 'nobody'} has the lead")
    raise OperationError(f"{member} is not promoted: no number of a timeline was free in {_attempts} attempts")


def control_of(data: Path) -> str:
    """:raises OperationError: with the words of pg_controldata."""
    done = subprocess.run(
        ["pg_controldata", f"--pgdata={data}"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LC_ALL": "C"},
    )
    if done.returncode != 0:
        raise OperationError(f"pg_controldata fails: {done.stderr.strip()}")
    return done.stdout


def main(data: Path) -> int:
    """The exit code 1 keeps the member from being promoted, and it gives the lead back."""
    from database.cli import clients

    try:
        settings = load()
        member = settings.member(os.environ.get("MEMBER_NAME", "")).name
    except OperationError as error:
        # While an `up` rolls members an old one may meet the settings of a new version. It has to be able to lead.
        complain(f"no timeline is reserved: {error}")
        return 0
    _, etcd = clients(settings)
    try:
        reserve(settings, etcd, member, data, lambda: control_of(data))
    except (OperationError, OSError) as error:
        complain(f"no timeline can be reserved: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(os.environ["PGDATA"])))
