"""Settings and reports for tests."""

import json
from typing import Any

from database.cluster import Cluster, Report
from database.settings import Settings
from database.settings_file import parse
from database.web import Answer

cities = ("jakarta", "bandung", "surabaya")


def document(**changes: Any) -> dict[str, Any]:
    """The smallest operations.yaml of three cities."""
    return {
        "cluster": "nusantara",
        "city": "jakarta",
        "cities": [
            {
                "name": city,
                "etcd": {"host": f"etcd-0.etcd.{city}.internal"},
                "members": [
                    {
                        "name": f"{city}-{kind}-{ordinal}",
                        "set": kind,
                        "pod": f"{kind}-{ordinal}",
                        "host": f"{kind}-{ordinal}.db.{city}.internal",
                    }
                    for kind in ("core", "reporting")
                    for ordinal in (0, 1)
                ],
            }
            for city in cities
        ],
        **changes,
    }


def settings(**changes: Any) -> Settings:
    return parse(document(**changes), "operations.yaml")


def healthy(leader: str = "jakarta-core-0", **changes: Report) -> Cluster:
    """A cluster in which all is well, but for the given reports (underscores in names stand for hyphens)."""
    priorities = {"jakarta": 100, "bandung": 50, "surabaya": 40}
    reports = {}
    for member in settings().members:
        tags: dict[str, Any] = {"nofailover": True}
        if member.set == "core":
            tags = {"failover_priority": priorities[member.city] - 10 * member.ordinal}
        role, state = ("leader", "running") if member.name == leader else ("replica", "streaming")
        reports[member.name] = Report(member.name, role, state, 3, 0, tags=tags)
    reports |= {name.replace("_", "-"): report for name, report in changes.items()}
    return Cluster(reports)


def told(cluster: Cluster, *without: str) -> str:
    """What Patroni's /cluster says of it, but for some members."""
    reports = [report for report in cluster.reports.values() if report.name not in without]
    return json.dumps(
        {
            "members": [
                {
                    "name": r.name,
                    "role": r.role,
                    "state": r.state,
                    "timeline": r.timeline,
                    "lag": r.lag,
                    "tags": r.tags,
                    "pending_restart": r.pending_restart,
                    "pending_restart_reason": {
                        name: {"old_value": old, "new_value": new} for name, (old, new) in r.pending.items()
                    },
                }
                for r in reports
            ]
        }
    )


class FakeClient:
    """Answers by (method, ending of the URL); counts what was asked."""

    def __init__(self, answers: dict[tuple[str, str], Any]) -> None:
        self.answers = answers
        self.asked: list[tuple[str, str, Any]] = []

    def ask(self, method: str, url: str, body: object = None, timeout: float | None = None) -> Answer:
        self.asked.append((method, url, body))
        for (verb, ending), answer in self.answers.items():
            if verb == method and url.endswith(ending):
                found = answer(body) if callable(answer) else answer
                if isinstance(found, Exception):
                    raise found
                return found if isinstance(found, Answer) else Answer(200, found)
        return Answer(404, "{}")
