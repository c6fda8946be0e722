"""Planned switchovers."""

from database.cluster import candidate_problem, problem
from database.deadline import Deadline
from database.errors import OperationError
from database.etcd import Etcd, unreachable
from database.output import say
from database.patroni import Patroni
from database.settings import Settings


def switchover(settings: Settings, patroni: Patroni, etcd: Etcd, candidate: str) -> None:
    """
    Makes a member primary and waits until the old one follows it.

    :raises OperationError: when the candidate is not fit, or the cluster is not in a state for it.
    """
    settings.member(candidate)
    cluster = patroni.cluster()
    if cluster.leader is None:
        raise OperationError("the cluster has no primary; a switchover needs one. See the runbook for no candidate")
    old = cluster.leader.name
    if old == candidate:
        say(f"{candidate} is primary already")
        return
    if cluster.paused:
        raise OperationError("the cluster is paused; end it first with: patronictl resume")
    trouble = candidate_problem(settings, cluster, candidate)
    if trouble is not None:
        raise OperationError(f"{candidate} can't take over: {trouble}")
    for line in unreachable(etcd.statuses()):
        say(f"note: {line}")
    say(f"hands over from {old} to {candidate}")
    deadline = Deadline(settings.timeouts.switchover)
    patroni.switchover(candidate, deadline)
    say(f"{candidate} is primary")
    follow = Deadline(settings.timeouts.member)
    while (left := problem(patroni.cluster(), old, settings.limits.lag)) is not None:
        if follow.over():
            raise OperationError(f"{candidate} is primary, but {old} does not follow it: {left}")
        follow.pause()
    say(f"{old} follows it")


def fail_back(settings: Settings, patroni: Patroni, etcd: Etcd) -> None:
    """Brings the primary back to the main member of the first city, when everything there is healthy."""
    home = next(member for member in settings.cities[0].members if member.set == "core" and member.ordinal == 0)
    cluster = patroni.cluster()
    if cluster.leader is not None and cluster.leader.name == home.name:
        say(f"{home.name} is primary already")
        return
    # A city that is only half back would be the next failover.
    half = [
        f"{member.name}: {trouble}"
        for member in settings.cities[0].members
        if (trouble := problem(cluster, member.name, settings.limits.lag)) is not None
    ]
    if half:
        raise OperationError(f"{home.city} is not whole yet, so it does not get the primary back: {'; '.join(half)}")
    switchover(settings, patroni, etcd, home.name)
