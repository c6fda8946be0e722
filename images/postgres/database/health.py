"""Health of the cluster, as a table and as an exit code."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from enum import IntEnum
from typing import Any

from database.cluster import Cluster, problem
from database.errors import Unreachable
from database.etcd import Etcd
from database.hold import exceptions
from database.output import say, say_json, size, table
from database.patroni import Patroni
from database.settings import Member, Settings


class Health(IntEnum):
    """Also the exit code."""

    HEALTHY = 0
    # There is a primary, but something is missing.
    DEGRADED = 1
    # There is no primary: nothing can be written.
    READ_ONLY = 2


def missing(settings: Settings, patroni: Patroni, etcd: Etcd, city: str | None = None) -> list[tuple[str, str]]:
    """
    Members of a city (None: of all) that are not healthy, with why; etcd's included.

    :raises Unreachable: when no Patroni can tell.
    """
    left = [
        (f"etcd of {status.host.city}", status.problem)
        for status in etcd.statuses()
        if status.problem is not None and city in (None, status.host.city)
    ]
    cluster = patroni.cluster()
    if cluster.leader is None:
        left.append((settings.cluster, "has no primary"))
    for member in settings.members:
        if city in (None, member.city):
            trouble = problem(cluster, member.name, settings.limits.lag)
            if trouble is not None:
                left.append((member.name, trouble))
    return left


def _alone(patroni: Patroni, members: list[Member]) -> dict[str, str]:
    """What each member says of itself when no list of all is to be had."""

    def ask(member: Member) -> str:
        try:
            status = patroni.status(member)
        except Unreachable as error:
            return str(error)
        return f"{status.get('role', '?')}, {status.get('state', '?')}"

    with ThreadPoolExecutor(max_workers=len(members)) as pool:
        return dict(zip((member.name for member in members), pool.map(ask, members)))


def _rows(settings: Settings, cluster: Cluster) -> list[list[object]]:
    rows: list[list[object]] = []
    for member in settings.members:
        report = cluster.reports.get(member.name)
        lag = "" if report is None or report.lag is None else size(report.lag)
        rows.append(
            [
                member.name,
                report.role if report else "",
                report.state if report else "",
                report.timeline if report else "",
                lag,
                "yes" if report and report.pending_restart else "",
                problem(cluster, member.name, settings.limits.lag) or "",
            ]
        )
    return rows


def health(settings: Settings, patroni: Patroni, etcd: Etcd, as_json: bool) -> int:
    """Prints it. The exit code is a `Health`."""
    statuses = etcd.statuses()
    quorum = etcd.has_quorum()
    # Whoever has just not answered would be waited for once more.
    hold = exceptions(settings, etcd) if quorum else None
    cluster: Cluster | None
    reason = ""
    try:
        cluster = patroni.cluster()
    except Unreachable as error:
        cluster, reason = None, str(error)
    if cluster is None or cluster.leader is None or not quorum:
        result = Health.READ_ONLY
    else:
        healthy = not missing(settings, patroni, etcd) and not cluster.paused and hold is None
        result = Health.HEALTHY if healthy else Health.DEGRADED
    etcd_state = {status.host.city: status.problem or ("leader" if status.leads else "healthy") for status in statuses}
    if as_json:
        members: dict[str, Any] = {}
        if cluster is not None:
            members = {name: asdict(report) for name, report in cluster.reports.items()}
        say_json(
            {
                "health": result.name.lower(),
                "quorum": quorum,
                "etcd": etcd_state,
                "paused": cluster is not None and cluster.paused,
                "hold": hold,
                "leader": cluster.leader.name if cluster is not None and cluster.leader is not None else None,
                "members": members or _alone(patroni, settings.members),
                "problems": {} if cluster is None else {row[0]: row[-1] for row in _rows(settings, cluster) if row[-1]},
            }
        )
        return int(result)
    if cluster is not None:
        head = ("member", "role", "state", "timeline", "lag", "restart", "problem")
        say(table(head, _rows(settings, cluster)))
    else:
        say(table(("member", "says"), [list(pair) for pair in _alone(patroni, settings.members).items()]))
        say(reason)
    say("")
    say(table(("etcd", "state"), [list(pair) for pair in etcd_state.items()]))
    say("")
    paused = ", paused" if cluster is not None and cluster.paused else ""
    if hold is not None:
        say(f"a hold is set: only {', '.join(hold) or 'nobody'} may start. It is ended by: database release")
    say(f"{result.name.lower().replace('_', '-')}{paused}{'' if quorum else ', etcd without quorum'}")
    return int(result)
