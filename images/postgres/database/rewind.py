"""
pg_rewind, from the main member of a city where Patroni would take the primary of another one, and with what its own archive
lacks marked for that.

pg_rewind copies, beside the pages that differ, all of its source's pg_wal. Patroni has every member copy that from the
primary, so the four members of a city that comes back would take it over the link between cities four times. All but the
main one follow that one anyway: they wait until it has come back, and take theirs from it; the archiver not for a main that
goes on starting. Patroni calls this program as its pg_rewind, and so it takes pg_rewind's options.
"""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

from database.cli import clients
from database.deadline import Deadline
from database.errors import OperationError, Unreachable
from database.hold import main_of
from database.output import complain, say
from database.pgbackrest import PgBackRest
from database.settings import Member, Settings
from database.settings_file import load
from database.timelines import fill_gap, forget_kept, keep, remove_beyond
from database.wal import is_segment

# Seconds that the main member gets to come back; then the primary is the source, as without this program.
patience = 900

# The same while its Patroni does not even answer.
absence = 90

# Seconds between two looks.
_pause = 5

_host = re.compile(r"(?<!\S)host=(\S+)")

# Patroni asks for a primary, which the main member is not.
_only_primary = re.compile(r"\s*(?<!\S)target_session_attrs=\S+")


def _ask(dsn: str, statement: str) -> list[tuple[Any, ...]]:
    """:raises Unreachable: when the server takes no connection, or refuses the statement."""
    import psycopg2

    from database.sql import one_line, query

    try:
        # Patroni has statements run without an end, by PGOPTIONS.
        bounds = {"connect_timeout": 5, "tcp_user_timeout": 5000, "options": "-c statement_timeout=5000"}
        connection = psycopg2.connect(dsn, **bounds)
    except psycopg2.OperationalError as error:
        raise Unreachable(one_line(error)) from error
    try:
        return query(connection, statement)
    except OperationError as error:
        raise Unreachable(str(error)) from error
    finally:
        connection.close()


def timeline_at(dsn: str) -> int:
    """
    The timeline of a server by its control file: pg_rewind reads that one as well.

    :raises Unreachable: when the server does not say.
    """
    [(timeline,)] = _ask(
        dsn,
        "SELECT greatest(timeline_id, min_recovery_end_timeline) FROM pg_control_checkpoint(), pg_control_recovery()",
    )
    return int(timeline)


def write_restart_point(dsn: str) -> None:
    """
    Has a standby bring its control file up to what it has replayed; without a new checkpoint in that it does nothing.

    :raises Unreachable: when the server does not say that it has.
    """
    _ask(dsn, "CHECKPOINT")


def rewind(
    arguments: Sequence[str],
    settings: Settings,
    member: Member,
    deadline: Deadline,
    run: Callable[[Sequence[str]], int],
    timeline_at: Callable[[str], int],
    write_restart_point: Callable[[str], None],
    answers: Callable[[Member], bool],
    starting: Callable[[Member], bool],
) -> int:
    """
    Rewinds a member, and returns pg_rewind's exit code.

    :param arguments: pg_rewind's, as Patroni gives them.
    :param run: runs pg_rewind with some arguments.
    :param answers: whether a member's Patroni does.
    :param starting: whether a member's PostgreSQL is. A main that goes on doing so may wait for WAL that its city's archive lacks: only
        the archiver reads the other cities' archives, so that one does not wait longer than for an absent main.
    """
    source = arguments.index("--source-server") + 1
    dsn = arguments[source]
    host = _host.search(dsn)
    primary = next((each for each in settings.members if host is not None and each.host == host[1]), None)
    main = main_of(settings, member.city)
    if primary is None or member == main or primary.city == member.city:
        return run(arguments)
    near = _only_primary.sub("", _host.sub(f"host={main.host}", dsn))
    say(f"{member.name} waits for {main.name}, from which it is rewound: {primary.name} is in another city")
    absent = deadline.part(absence)
    while True:
        try:
            wanted = timeline_at(dsn)
        except Unreachable:
            # pg_rewind will say why, and Patroni look for another primary.
            return run(arguments)
        try:
            if timeline_at(near) == wanted:
                break
            # A main that followed without being rewound says so in its control file at its next restart point: minutes.
            write_restart_point(near)
        except Unreachable:
            pass
        if answers(main) and not (member.archives and starting(main)):
            absent = deadline.part(absence)
        if absent.over() or deadline.over():
            say(f"{main.name} has not come back")
            return run(arguments)
        deadline.pause(_pause)
    code = run([*arguments[:source], near, *arguments[source + 1 :]])
    if code == 0:
        return 0
    say(f"pg_rewind from {main.name} failed; takes {primary.name}")
    return run(arguments)


def mark_for_archive(data: Path, archived: Callable[[Collection[str]], set[str]]) -> None:
    """
    Has the archiver archive every timeline's history again, and the segments that its archive lacks.

    pg_rewind copies the marks of its source as well, by which they are archived: in the source's archive. Where each city's
    archiver is rewound no archive would have the beginning of the new timeline, and nobody could restore across it.

    :param archived: which of some segments the archive has.
    """
    marks = data / "pg_wal" / "archive_status"
    try:
        for history in (data / "pg_wal").glob("*.history"):
            (marks / f"{history.name}.ready").touch()
        copied = {mark.stem for mark in marks.glob("*.done") if is_segment(mark.stem)}
        try:
            known = archived(copied)
        except OperationError as error:
            # What is there already, with the same bytes, is no error.
            say(f"all segments are marked for the archive, as it does not say which it has: {error}")
            known = set()
        lacking = sorted(copied - known)
        for name in lacking:
            (marks / f"{name}.done").rename(marks / f"{name}.ready")
        if lacking:
            say(f"marked for the archive: {lacking[0]} to {lacking[-1]}, {len(lacking)} segments")
    except OSError as error:
        complain(f"not all that was copied is marked for the archive: {error}")


def run_pg_rewind(arguments: Sequence[str]) -> int:
    """The exit code of pg_rewind, which ends with this program: Patroni may order it to."""
    # It reads its own old timeline to the end, by the same restore_command: see beyond-timeline.
    with subprocess.Popen(["pg_rewind", *arguments], env={**os.environ, "REWINDING": "yes"}) as process:
        signal.signal(signal.SIGTERM, lambda *_: process.terminate())
        return process.wait()


def main(arguments: Sequence[str]) -> int:
    try:
        settings = load()
        member = settings.member(os.environ.get("MEMBER_NAME", ""))
    except OperationError as error:
        complain(f"rewinds from the primary: {error}")
        return run_pg_rewind(arguments)
    patroni, _ = clients(settings)

    def answers(other: Member) -> bool:
        try:
            patroni.status(other)
            return True
        except OperationError:
            return False

    def starting(other: Member) -> bool:
        try:
            return patroni.status(other).get("state") == "starting"
        except OperationError:
            return False

    data = Path(arguments[arguments.index("-D") + 1]) if "-D" in arguments else None
    if data is not None:
        try:
            keep(data)
        except (OSError, ValueError, OperationError) as error:
            complain(f"histories of timelines are not kept; an attempt that is broken off may not be repeated: {error}")
    code = rewind(arguments, settings, member, Deadline(patience), run_pg_rewind, timeline_at, write_restart_point, answers, starting)
    if code == 0 and data is not None:
        forget_kept(data)
        try:
            # The source may not have had them yet, and streams begin after them.
            fill_gap(data / "pg_wal")
            remove_beyond(data / "pg_wal")
        except (OSError, ValueError, OperationError) as error:
            complain(f"the timelines in pg_wal are not put in order: {error}")
        if member.archives:
            mark_for_archive(data, PgBackRest(settings, settings.pgbackrest.backup).archived)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
