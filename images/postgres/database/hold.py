"""
Holding PostgreSQL back, so that a person can work on data directories in their pods.

Members ask when their container starts: nothing that runs is stopped by a hold.
"""

import json
from collections.abc import Callable
from pathlib import Path

from database.deadline import Deadline
from database.errors import OperationError, Unreachable
from database.etcd import Etcd
from database.output import say
from database.patroni import Patroni
from database.pgbackrest import PgBackRest
from database.room import least, room_on
from database.settings import Member, Settings

# Beside the data directory while it is being restored: half of a database must not start.
marker_name = "restore-in-progress"


def hold_key(settings: Settings) -> str:
    return f"/operations/{settings.cluster}/hold"


def new_key(settings: Settings) -> str:
    return f"/operations/{settings.cluster}/new"


def held(value: str | None, member: str) -> bool:
    """Whether a member has to wait. Pure. `value` lists the members that may start all the same."""
    return value is not None and member not in json.loads(value)


def hold(settings: Settings, etcd: Etcd) -> None:
    """From now on no member starts."""
    etcd.put(hold_key(settings), "[]")
    say("members that start from now on wait. Members that run go on running")


def release(settings: Settings, etcd: Etcd, member: str | None, new: bool) -> None:
    """Lets one member start, or all. `new`: a cluster may begin empty although there are backups."""
    if new:
        etcd.put(new_key(settings), "true")
        say("a new, empty cluster may begin; it can't use the repositories of the old one")
        return
    if member is None:
        etcd.delete(hold_key(settings))
        say("all members may start")
        return
    settings.member(member)
    now = etcd.get(hold_key(settings))
    if now is None:
        raise OperationError("no hold is set, so every member may start")
    etcd.put(hold_key(settings), json.dumps(sorted({*json.loads(now), member})))
    say(f"{member} may start")


def forget_cluster(settings: Settings, patroni: Patroni, etcd: Etcd) -> None:
    """
    Removes what Patroni keeps in etcd, so that the next member that starts defines the cluster anew.

    :raises OperationError: while any Patroni runs, or without a hold: the wrong member could be the next.
    """
    running = []
    for member in settings.members:
        try:
            patroni.status(member)
            running.append(member.name)
        except Unreachable:
            continue
    if running:
        raise OperationError(f"Patroni runs on {', '.join(running)}; first: database hold, and delete these pods")
    if etcd.get(hold_key(settings)) is None:
        raise OperationError("no hold is set, so any member could be the first to start; first: database hold")
    count = etcd.delete(f"/service/{settings.cluster}/", below=True)
    say(f"removed {count} keys of Patroni from etcd")


# A member copies the primary as it is when it begins, and follows the main member of its city afterwards. One that began
# before its main would need WAL that the main never had. Where the main does not come, it is not waited for longer.
main_patience = 600.0


def main_of(settings: Settings, city: str) -> Member:
    """The member of a city that all others of it follow."""
    return next(each for each in settings.members if each.city == city and each.set == "core" and each.ordinal == 0)


def _runs(patroni: Patroni, member: Member) -> bool:
    try:
        return bool(patroni.status(member).get("state") == "running")
    except OperationError:
        return False


def _why_not(
    settings: Settings,
    etcd: Etcd,
    member: Member,
    data: Path,
    backups: Callable[[], int],
    main_runs: Callable[[], bool],
    room: int,
) -> str | None:
    """What a member waits for, or None."""
    if room < least:
        return f"its volume has room for less than {least >> 20} MiB; grow its claim (runbook archive-down)"
    if (data.parent / marker_name).exists():
        return "a restore into the data directory has not ended"
    empty = not (data / "PG_VERSION").exists()
    try:
        if held(etcd.get(hold_key(settings)), member.name):
            return "a hold is set; it is ended by: database release"
        if not etcd.has_agreed():
            return "the members of etcd have not agreed on their version yet"
        if not empty:
            return None
        main = main_of(settings, member.city)
        if member != main and not main_runs():
            return f"{main.name} has to run first, which this member will follow"
        if etcd.get(f"/service/{settings.cluster}/initialize") is not None:
            return None
        first = member == main and settings.cities[0].name == member.city
        if first and etcd.get(new_key(settings)) is None and backups() > 0:
            return (
                "the cluster is gone but its backups are there: database restore --in-place in this pod (runbook), "
                "or database release --new to begin empty"
            )
    except Unreachable as error:
        # Data is served to readers without a quorum, too. Without data nothing starts without one.
        return None if not empty else str(error)
    return None


def await_start(settings: Settings, patroni: Patroni, etcd: Etcd, name: str, data: Path) -> None:
    """
    Returns when a member's Patroni may start: for start-postgres, just before it does.

    A cluster never begins empty by itself where the repository has backups: the volumes of all cities may be lost.
    """
    member = settings.member(name)

    def backups() -> int:
        repository = PgBackRest(settings, settings.pgbackrest.restore).info()
        if repository.trouble is not None and "missing stanza" not in repository.trouble:
            raise OperationError(f"whether there are backups is unknown: {repository.trouble}")
        return len(repository.backups)

    patience = Deadline(main_patience)

    def main_runs() -> bool:
        return patience.over() or _runs(patroni, main_of(settings, member.city))

    said = ""
    endless = Deadline(float("inf"))
    while True:
        try:
            reason = _why_not(settings, etcd, member, data, backups, main_runs, room_on(data))
        except OperationError as error:
            reason = str(error)
        if reason is None:
            return
        if reason != said:
            said = reason
            say(f"{name} waits: {reason}")
        endless.pause(5)
