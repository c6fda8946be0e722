"""
pg_rewind, from the main member of a city where Patroni would take the primary of another one, and with the histories of
timelines marked for the archive.

pg_rewind copies, beside the pages that differ, all of its source's pg_wal. Patroni has every member copy that from the
primary, so the four members of a city that comes back would take it over the link between cities four times. All but the
main one follow that one anyway: they wait until it has come back, and take theirs from it. Patroni calls this program as
its pg_rewind, and so it takes pg_rewind's options.
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from database.deadline import Deadline
from database.errors import OperationError, Unreachable
from database.hold import main_of
from database.output import complain, say
from database.settings import Member, Settings

# Seconds that the main member gets to come back; then the primary is the source, as without this program.
patience = 1800

# Seconds between two looks.
_pause = 5

_host = re.compile(r"(?<!\S)host=(\S+)")


class Source(NamedTuple):
    """What a server says of itself, by its control file: pg_rewind reads that one as well."""

    recovers: bool
    timeline: int


def ask(dsn: str) -> Source:
    """:raises Unreachable: when the server takes no connection."""
    import psycopg2

    from database.sql import one_line, query

    try:
        connection = psycopg2.connect(dsn, connect_timeout=5)
    except psycopg2.OperationalError as error:
        raise Unreachable(one_line(error)) from error
    try:
        [(recovers, timeline)] = query(
            connection,
            "SELECT pg_is_in_recovery(), greatest(timeline_id, min_recovery_end_timeline)"
            " FROM pg_control_checkpoint(), pg_control_recovery()",
        )
        return Source(bool(recovers), int(timeline))
    except OperationError as error:
        raise Unreachable(str(error)) from error
    finally:
        connection.close()


def rewind(
    arguments: Sequence[str],
    settings: Settings,
    member: Member,
    deadline: Deadline,
    run: Callable[[Sequence[str]], int],
    ask: Callable[[str], Source] = ask,
) -> int:
    """
    Rewinds a member, and returns pg_rewind's exit code.

    :param arguments: pg_rewind's, as Patroni gives them.
    :param run: runs pg_rewind with some arguments.
    """
    source = arguments.index("--source-server") + 1 if "--source-server" in arguments else 0
    dsn = arguments[source] if source else ""
    host = _host.search(dsn)
    primary = next((each for each in settings.members if host is not None and each.host == host[1]), None)
    main = main_of(settings, member.city)
    if primary is None or member == main or primary.city == member.city:
        return run(arguments)
    near = _host.sub(f"host={main.host}", dsn)
    say(f"{member.name} waits for {main.name}, from which it is rewound: {primary.name} is in another city")
    while True:
        try:
            wanted = ask(dsn)
        except Unreachable:
            # pg_rewind will say why, and Patroni look for another primary.
            return run(arguments)
        if wanted.recovers:
            say(f"{primary.name} is primary no more")
            return 1
        try:
            if ask(near).timeline == wanted.timeline:
                break
        except Unreachable:
            pass
        if deadline.over():
            say(f"{main.name} has not come back in {deadline.seconds:.0f} s")
            return run(arguments)
        deadline.pause(_pause)
    code = run([*arguments[:source], near, *arguments[source + 1 :]])
    if code == 0:
        return 0
    say(f"pg_rewind from {main.name} failed; takes {primary.name}")
    return run(arguments)


def mark_histories(data: Path) -> None:
    """
    Has every timeline's history archived again.

    pg_rewind copies the marks of its source as well, by which they are archived: in the source's archive. Where each city's
    archiver is rewound no archive would have the history of the new timeline, and no member made from a backup could
    follow it.
    """
    for history in (data / "pg_wal").glob("*.history"):
        (history.parent / "archive_status" / f"{history.name}.ready").touch()


if __name__ == "__main__":
    from database.settings_file import load

    def run_pg_rewind(arguments: Sequence[str]) -> int:
        code = subprocess.run(["pg_rewind", *arguments], check=False).returncode
        if code == 0 and "-D" in arguments:
            mark_histories(Path(arguments[arguments.index("-D") + 1]))
        return code

    options = sys.argv[1:]
    if "--source-server" not in options:
        # Patroni asks for the help to see whether there is a pg_rewind.
        sys.exit(run_pg_rewind(options))
    try:
        loaded = load()
        own = loaded.member(os.environ["MEMBER_NAME"])
    except OperationError as error:
        complain(f"rewinds from the primary: {error}")
        sys.exit(run_pg_rewind(options))
    sys.exit(rewind(options, loaded, own, Deadline(patience), run_pg_rewind))
