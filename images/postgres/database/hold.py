"""
Holding PostgreSQL back, so that a person can work on data directories in their pods.

Members ask when their container starts: nothing that runs is stopped by a hold.
"""

import json
from collections.abc import Callable, Collection
from pathlib import Path

from database.deadline import Deadline
from database.errors import OperationError, Unreachable
from database.etcd import Etcd, settling
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


def exceptions(settings: Settings, etcd: Etcd) -> list[str] | None:
    """Members that may start although all others are held; None without a hold, or where nobody can tell."""
    try:
        value = etcd.get(hold_key(settings))
    except Unreachable:
        return None
    return None if value is None else list(json.loads(value))


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


# What shows that nothing runs there. Silence does not: the member may be behind a cut link.
_proofs = ("connection refused", "its name does not resolve")


def forget_cluster(settings: Settings, patroni: Patroni, etcd: Etcd, without: Collection[str] = ()) -> None:
    """
    Removes what Patroni keeps in etcd, so that the next member that starts defines the cluster anew.

    :param without: cities of which somebody knows that nothing runs there.
    :raises OperationError: while any Patroni runs, or without a hold: the wrong member could be the next.
    """
    running, unknown = [], []
    for member in settings.members:
        try:
            patroni.status(member)
            running.append(member.name)
        except Unreachable as error:
            if member.city not in without and not any(sign in str(error) for sign in _proofs):
                unknown.append(member.name)
    if running:
        raise OperationError(f"Patroni runs on {', '.join(running)}; first: database hold, and delete these pods")
    if unknown:
        raise OperationError(
            f"nobody can tell whether Patroni runs on {', '.join(unknown)}: behind a cut link it would take the lead with "
            "the data of before. Join the link; or, where the city is switched off for good: --without CITY"
        )
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


# States of a main member that gets its data: that takes as long as it takes.
_copies = frozenset({"creating replica", "starting"})

_held = "a hold is set; it is ended by: database release"


def _state(patroni: Patroni, member: Member) -> str | None:
    """What a member says of itself; None where it says nothing."""
    try:
        return str(patroni.status(member).get("state"))
    except OperationError:
        return None


class MainFirst:
    """Whether a member without data may begin: when its main runs, or does not come."""

    def __init__(self, state: Callable[[], str | None], deadline: Callable[[], Deadline]) -> None:
        self._state = state
        self._deadline = deadline
        self._patience: Deadline | None = None

    def __call__(self, is_there: bool) -> bool:
        """:param is_there: whether there is a cluster that the main could copy."""
        state = self._state()
        if self._patience is None or not is_there or state in _copies:
            self._patience = self._deadline()
        return state == "running" or self._patience.over()


def _why_not(
    settings: Settings,
    etcd: Etcd,
    member: Member,
    data: Path,
    backups: Callable[[], int],
    main_first: Callable[[bool], bool],
    room: int,
    was_held: bool = False,
    settled: bool = True,
) -> str | None:
    """What a member waits for, or None. `was_held`: it has met a hold before. `settled`: its pod is no new one any more."""
    if room < least:
        return f"its volume has room for less than {least >> 20} MiB; grow its claim (runbook archive-down)"
    if (data.parent / marker_name).exists():
        return "a restore into the data directory has not ended"
    empty = not (data / "PG_VERSION").exists()
    try:
        if held(etcd.get(hold_key(settings)), member.name):
            return _held
        if not empty:
            return None
        main = main_of(settings, member.city)
        is_there = etcd.get(f"/service/{settings.cluster}/initialize") is not None
        if member != main and not main_first(is_there):
            return f"{main.name} has to run first, which this member will follow"
        if is_there:
            return None
        first = member == main and settings.cities[0].name == member.city
        if first and etcd.get(new_key(settings)) is None and backups() > 0:
            return (
                "the cluster is gone but its backups are there: database restore --in-place in this pod "
                "(runbook loss-of-all-cities), or database release --new to begin empty"
            )
    except Unreachable as error:
        if was_held:
            return f"a hold was set, and nobody can tell whether it has ended: {error}"
        # Data is served to readers without a quorum, too. Without data nothing starts without one.
        return str(error) if empty or not settled else None
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

    main = main_of(settings, member.city)
    main_first = MainFirst(lambda: _state(patroni, main), lambda: Deadline(main_patience))
    said = ""
    was_held = False
    endless = Deadline(float("inf"))
    new = Deadline(settling)
    while True:
        try:
            reason = _why_not(settings, etcd, member, data, backups, main_first, room_on(data), was_held, new.over())
        except OperationError as error:
            reason = str(error)
        if reason is None:
            return
        was_held = was_held or reason == _held
        if reason != said:
            said = reason
            say(f"{name} waits: {reason}")
        endless.pause(5)
