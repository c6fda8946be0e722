"""
A replica that recovers and gets nothing from its upstream.

It may have replayed more of a timeline than the next one took over.

Patroni compares timelines when a member starts and when it is told to follow another node. A member that follows its
city's main is never told so when the primary changes, and one that was killed may replay the rest of the old timeline
only after Patroni has looked. PostgreSQL then asks its upstream for ever for what nobody has. A member whose PostgreSQL
is down is compared again before it starts, and rewound.

Or it lacks WAL that the primary no longer has. A city's main then needs it from the city's own archive, which the archiver
fills with what it finds in those of the other cities: but the archiver follows the main, and while that connection lives it
waits there and looks into no archive. So the main ends the connections of its followers.
"""

import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from database.cluster import Cluster
from database.errors import OperationError
from database.hold import main_of
from database.output import say
from database.patroni import Patroni
from database.settings import Member, Settings
from database.sql import connect, query

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


def strands_followers(settings: Settings, member: Member, status: dict[str, Any], cluster: Cluster) -> bool:
    """
    Whether a city's main gets no WAL while another city has a primary, so that those who follow it wait in vain. Pure.

    :param status: what Patroni says of the member.
    """
    leader = cluster.leader
    return (
        status.get("role") == "replica"
        and status.get("replication_state") != "streaming"
        and member == main_of(settings, member.city)
        and leader is not None
        and settings.member(leader.name).city != member.city
    )


def end_followers(names: Sequence[str]) -> int:
    """
    Ends the replication connections of some members to this pod's PostgreSQL, and returns how many there were.

    :raises OperationError: when it takes no connection.
    """
    # By their names: a copy of the data that somebody makes here goes on.
    statement = "SELECT pg_terminate_backend(pid) FROM pg_stat_replication WHERE application_name = ANY(%s)"
    with connect(host="/run/postgresql", user="postgres", dbname="postgres") as connection:
        return len(query(connection, statement, list(names)))


def rejoin(
    settings: Settings,
    patroni: Patroni,
    name: str,
    data: Path,
    stop: Callable[[Path], None] = stop_postgres,
    end_followers: Callable[[Sequence[str]], int] = end_followers,
) -> None:
    """
    Stops this pod's PostgreSQL when it has left the cluster's history; Patroni rewinds it and starts it again. Ends its
    followers' connections when it has nothing for them.

    :raises OperationError: when that fails, or nobody can tell the history.
    """
    member = settings.member(name)
    status = patroni.status(member)
    if status.get("pause"):
        return
    amount = surplus(status, patroni.timeline_ends())
    if amount > 0:
        say(f"{name} has {amount} bytes of timeline {status['timeline']} that nobody took over; Patroni rewinds it")
        stop(data)
    elif strands_followers(settings, member, status, patroni.cluster()):
        count = end_followers([each.name for each in settings.members if each.city == member.city])
        if count > 0:
            say(f"{name} gets no WAL from its upstream; {count} followers look into the archives")
