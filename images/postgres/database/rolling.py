"""Which member is taken down next. Pure: a picture of the city in, one step out."""

from collections.abc import Sequence
from dataclasses import dataclass

from database.kubernetes import Pod


@dataclass(frozen=True)
class MemberView:
    """A PostgreSQL member of this city. `problem` is None when it is healthy."""

    name: str
    set: str
    ordinal: int
    leader: bool
    problem: str | None
    pod: Pod | None
    # Revision that its pod should have.
    revision: str
    pending_restart: bool = False
    lowers_standby_minimum: bool = False
    raises_standby_minimum: bool = False

    @property
    def outdated(self) -> bool:
        return self.pod is not None and self.revision != "" and self.pod.revision != self.revision


@dataclass(frozen=True)
class RemoteView:
    """A member of another city: its pod is not ours to replace, PostgreSQL in it can be restarted."""

    name: str
    city: str
    set: str
    ordinal: int
    problem: str | None
    lowers_standby_minimum: bool = False
    raises_standby_minimum: bool = False


@dataclass(frozen=True)
class EtcdView:
    """The etcd member of this city, and what is wrong with those of the others."""

    problem: str | None
    other_problems: Sequence[str]
    pod: Pod | None
    revision: str

    @property
    def outdated(self) -> bool:
        return self.pod is not None and self.revision != "" and self.pod.revision != self.revision


@dataclass(frozen=True)
class View:
    members: Sequence[MemberView]
    etcd: EtcdView
    has_leader: bool
    # Members that could become primary, best first.
    candidates: Sequence[str]
    # Members of the other cities.
    remote: Sequence[RemoteView] = ()
    paused: bool = False


@dataclass(frozen=True)
class Done:
    """Nothing is left to roll."""


@dataclass(frozen=True)
class Wait:
    """Nothing may be taken down before this has passed."""

    reason: str
    # Another city, without which it can go on.
    elsewhere: str | None = None


@dataclass(frozen=True)
class ReplacePod:
    """Delete the pod; its StatefulSet makes it anew."""

    pod: Pod
    reason: str


@dataclass(frozen=True)
class Restart:
    """Restart PostgreSQL in its pod."""

    member: str
    reason: str


@dataclass(frozen=True)
class Switchover:
    candidate: str
    reason: str


Step = Done | Wait | ReplacePod | Restart | Switchover


def _order(member: MemberView | RemoteView) -> tuple[bool, int]:
    # Reporting first, and in each set the backup before the main one.
    return (member.set == "core", -member.ordinal)


def needs_roll(view: View) -> bool:
    """Whether anything has an old revision or waits for a restart."""
    return (
        view.etcd.outdated
        or any(member.outdated or member.pending_restart for member in view.members)
        or (not view.paused and _lower_elsewhere(view) is not None)
    )


def _in_the_way(view: View) -> Wait | None:
    """Pods that are being made, and revisions that the controller has not made known."""
    if view.etcd.pod is None or view.etcd.pod.deleting:
        return Wait("the pod of etcd is being made")
    for member in view.members:
        if member.pod is None or member.pod.deleting:
            return Wait(f"the pod of {member.name} is being made")
    if view.etcd.revision == "" or any(member.revision == "" for member in view.members):
        return Wait("the controller of StatefulSets has not seen the newest template yet")
    return None


def _broken(view: View) -> Step | None:
    """
    Members that are down anyway.

    Those of the old template are replaced first, for the new one may mend them. With one of the new template down
    nothing else is touched.
    """
    etcd = view.etcd
    if etcd.problem is not None:
        if etcd.outdated and etcd.pod is not None and not etcd.other_problems:
            return ReplacePod(etcd.pod, f"old template, and {etcd.problem}")
        return Wait(f"etcd: {etcd.problem}")
    if not view.has_leader:
        return Wait("the cluster has no primary")
    broken = [member for member in sorted(view.members, key=_order) if member.problem is not None]
    for member in broken:
        if not member.outdated:
            return Wait(f"{member.name}: {member.problem}")
    for member in broken:
        if member.pod is not None and not member.leader:
            return ReplacePod(member.pod, f"old template, and {member.problem}")
    return Wait(f"{broken[0].name}: {broken[0].problem}") if broken else None


def _restart_elsewhere(view: View, waiting: Sequence[RemoteView], reason: str) -> Restart | Wait | None:
    """Where another member of the city is down nobody is restarted. Such cities come last, as they may be given up."""
    broken = {member.city: member for member in view.remote if member.problem is not None}
    able = [member for member in waiting if member.city not in broken]
    if able:
        return Restart(min((member for member in able if member.city == able[0].city), key=_order).name, reason)
    if not waiting:
        return None
    down = broken[waiting[0].city]
    return Wait(f"{down.name}: {down.problem}", down.city)


def _raise_elsewhere(view: View) -> Restart | Wait | None:
    """Standbys with less than the next primary will need would all end at once when it leads."""
    waiting = [member for member in view.remote if member.raises_standby_minimum]
    return _restart_elsewhere(view, waiting, "raises a parameter of which standbys need as much as the primary")


def _lower_elsewhere(view: View) -> Restart | Wait | None:
    """Standbys that could not lower it before the primary of this city had; their own cities may have come first."""
    if not any(member.leader and not member.lowers_standby_minimum for member in view.members):
        return None
    waiting = [member for member in view.remote if member.lowers_standby_minimum]
    return _restart_elsewhere(view, waiting, "the primary needs less than it has")


def _lower(primary: MemberView) -> Restart:
    """In place: standbys can't go below their primary, so it has to be before them, and a switchover would lead nowhere."""
    return Restart(primary.name, "lowers a parameter of which standbys need as much as the primary")


def _primary(view: View, member: MemberView) -> Step:
    if member.raises_standby_minimum:
        step = _raise_elsewhere(view)
        if step is not None:
            return step
    if member.lowers_standby_minimum and not member.outdated:
        return _lower(member)
    reason = "old template" if member.outdated else "a parameter waits for a restart"
    if not view.candidates:
        return Wait(f"{member.name} is primary and has to be rolled ({reason}), but no member could take over")
    return Switchover(view.candidates[0], f"{member.name} has to be rolled: {reason}")


def next_step(view: View) -> Step:
    """
    The next step. Never asks to take down a member while another one of the city is down, nor etcd's while another
    city's is.
    """
    step = _in_the_way(view) or _broken(view)
    if step is not None:
        return step
    members = sorted(view.members, key=_order)
    for member in members:
        if member.leader and member.lowers_standby_minimum and not (member.raises_standby_minimum or member.outdated):
            return _lower(member)
    for member in members:
        if member.leader or member.pod is None:
            continue
        if member.outdated:
            return ReplacePod(member.pod, "old template")
        if member.pending_restart:
            return Restart(member.name, "a parameter waits for a restart")
    for member in members:
        if member.leader and (member.outdated or member.pending_restart):
            return _primary(view, member)
    if view.etcd.outdated and view.etcd.pod is not None:
        if view.etcd.other_problems:
            return Wait(f"etcd has to be rolled, but {'; '.join(view.etcd.other_problems)}")
        return ReplacePod(view.etcd.pod, "old template")
    return (None if view.paused else _lower_elsewhere(view)) or Done()
