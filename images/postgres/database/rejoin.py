"""
A replica that has replayed more of a timeline than the next one took over.

Patroni compares timelines when a member starts and when it is told to follow another node. A member that follows its
city's main is never told so when the primary changes, and one that was killed may replay the rest of the old timeline
only after Patroni has looked. PostgreSQL then asks its upstream for ever for what nobody has. A member whose PostgreSQL
is down is compared again before it starts, and rewound.
"""

import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from database.errors import OperationError
from database.output import say
from database.patroni import Patroni
from database.settings import Settings

# Seconds in which a replica writes its restart point.
stop_timeout = 60


def surplus(status: dict[str, Any], ends: Mapping[int, int]) -> int:
    """
    Bytes that a replica has replayed beyond the end of its timeline; 0 where that goes on, or is not exceeded. Pure.

    :param status: what Patroni says of the member.
    :param ends: where each timeline that ended did.
    """
    if status.get("role") != "replica":
        return 0
    end = ends.get(status.get("timeline", 0))
    replayed = status.get("xlog", {}).get("replayed_location")
    return 0 if end is None or replayed is None else max(0, int(replayed) - end)


def stop_postgres(data: Path) -> None:
    command = ["pg_ctl", "stop", f"--pgdata={data}", "--mode=fast", f"--timeout={stop_timeout}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise OperationError(f"PostgreSQL does not stop: {' '.join((done.stdout + done.stderr).split())}")


def rejoin(settings: Settings, patroni: Patroni, name: str, data: Path, stop: Callable[[Path], None]) -> None:
    """
    Stops this pod's PostgreSQL when it has left the cluster's history; Patroni rewinds it and starts it again.

    :raises OperationError: when it does not stop, or nobody can tell the history.
    """
    status = patroni.status(settings.member(name))
    if status.get("pause"):
        return
    amount = surplus(status, patroni.timeline_ends())
    if amount == 0:
        return
    say(f"{name} has {amount} bytes of timeline {status['timeline']} that nobody took over; Patroni rewinds it")
    stop(data)
