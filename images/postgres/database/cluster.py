"""The cluster as Patroni reports it, and what is wrong with it. Pure."""

from dataclasses import dataclass, field
from typing import Any

from database.settings import Member, Settings

# PostgreSQL refuses to run a standby with less than its primary has of these.
standby_minimums = frozenset(
    {
        "max_connections",
        "max_locks_per_transaction",
        "max_prepared_transactions",
        "max_wal_senders",
        "max_worker_processes",
    }
)


@dataclass(frozen=True)
class Report:
    """A member in Patroni's list. `lag` is in bytes, None where Patroni does not know it."""

    name: str
    role: str
    state: str
    timeline: int | None = None
    lag: int | None = None
    pending_restart: bool = False
    # Parameter to (value now, value wanted).
    pending: dict[str, tuple[str, str]] = field(default_factory=dict)
    tags: dict[str, Any] = field(default_factory=dict)

    @property
    def leader(self) -> bool:
        return self.role in ("leader", "standby_leader")

    @property
    def lowers_standby_minimum(self) -> bool:
        """Whether the restart lowers what standbys have to have at least: then the primary has to be the first."""
        return any(new < old for old, new in self._pending_minimums)

    @property
    def raises_standby_minimum(self) -> bool:
        """Whether the restart raises what standbys have to have at least: then the primary has to be the last."""
        return any(new > old for old, new in self._pending_minimums)

    @property
    def _pending_minimums(self) -> list[tuple[int, int]]:
        return [
            (int(old), int(new))
            for name, (old, new) in self.pending.items()
            if name in standby_minimums and old.isdigit() and new.isdigit()
        ]


@dataclass(frozen=True)
class Cluster:
    reports: dict[str, Report]
    paused: bool = False

    @property
    def leader(self) -> Report | None:
        return next((report for report in self.reports.values() if report.leader), None)


def parse_cluster(content: dict[str, Any]) -> Cluster:
    """From the answer of Patroni's GET /cluster."""
    reports = {}
    for entry in content.get("members", []):
        lag = entry.get("lag")
        reports[entry["name"]] = Report(
            name=entry["name"],
            role=entry.get("role", ""),
            state=entry.get("state", ""),
            timeline=entry.get("timeline"),
            lag=lag if isinstance(lag, int) else None,
            pending_restart=bool(entry.get("pending_restart", False)),
            pending={
                name: (str(change.get("old_value", "")), str(change.get("new_value", "")))
                for name, change in (entry.get("pending_restart_reason") or {}).items()
            },
            tags=dict(entry.get("tags") or {}),
        )
    return Cluster(reports, bool(content.get("pause", False)))


def problem(cluster: Cluster, name: str, lag_limit: int) -> str | None:
    """What keeps a member from being healthy, or None."""
    report = cluster.reports.get(name)
    if report is None:
        return "not registered in Patroni"
    if report.leader:
        return None if report.state == "running" else report.state
    leader = cluster.leader
    if report.state != "streaming":
        return "running but not streaming" if report.state == "running" else report.state or "no state"
    if report.lag is None:
        return "lag unknown"
    if report.lag > lag_limit:
        return f"{report.lag} bytes behind, more than {lag_limit}"
    if leader is not None and leader.timeline != report.timeline:
        return f"on timeline {report.timeline}, the primary on {leader.timeline}"
    return None


def candidate_problem(settings: Settings, cluster: Cluster, name: str) -> str | None:
    """Why a member should not become primary by a planned switchover, or None."""
    report = cluster.reports.get(name)
    if report is not None and report.leader:
        return "it is the primary already"
    if report is not None and report.tags.get("nofailover"):
        return "it never becomes primary (tag nofailover)"
    return problem(cluster, name, settings.limits.lag)


def candidates(settings: Settings, cluster: Cluster, city: str) -> list[Member]:
    """Healthy core members that may become primary: those of the city first, then by priority and lag."""

    def order(member: Member) -> tuple[bool, int, int]:
        report = cluster.reports[member.name]
        return (member.city != city, -int(report.tags.get("failover_priority", 1)), report.lag or 0)

    able = [
        member
        for member in settings.members
        if member.set == "core" and candidate_problem(settings, cluster, member.name) is None
    ]
    return sorted(able, key=order)
