"""
Patroni, with the names of other members asked for anew, and with numbers of timelines that were passed over.

Patroni's client of etcd has every connection of the process resolve its name through a cache of ten minutes, those to
other members included, and nothing clears it when a member does not answer (DnsCachingResolver in patroni/dcs/etcd.py,
seen in 4.0.7 and 4.1.4). A pod has another address after each start. For that long the others take it for dead: it can't
be made primary in order, and an election does not see what it has.

Patroni counts the timelines of the cluster by the last line of its history (Cluster.timeline in patroni/dcs/__init__.py). PostgreSQL
names ancestors only: after a timeline that was passed over (timelines.py) it would count too few, so that a member of the lost one
might lead, and write the history anew in each round. Before each start placeholders are looked
after: where a promotion was broken off PostgreSQL would not start again.

A leader of etcd renews leases by itself. One that has lost its quorum does so for up to two election timeouts, until it sees
that nobody follows it, and a primary beside it took that for its lock: it went on for 17.4 s where `loop_wait + retry_timeout` is 10 s.

Patroni lets whoever has a certificate of its authority change the cluster, down to commands that members run
(`RestApiServer.check_access`). In the data tier poolers, replicas and backups have one as well, for PostgreSQL and pgBackRest.
"""

import inspect
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Any

from database.errors import OperationError
from database.etcd_path import known
from database.output import complain
from database.timelines import file_of, prepare_start

# A few seconds are enough to spare the cluster's DNS. When that does not answer, the cache keeps what it had.
seconds = 5.0

expected = ["self", "cache_time", "cache_fail_time"]


def shorten(initialize: Callable[..., Any]) -> None:
    """
    Makes the cache forget after a few seconds, by the defaults of its constructor.

    :raises RuntimeError: when this Patroni's cache is another one.
    """
    found = list(inspect.signature(initialize).parameters)
    if found != expected:
        raise RuntimeError(f"the cache of names of this Patroni takes {found}, not {expected}; look at it again")
    initialize.__defaults__ = (seconds, seconds)  # type: ignore[attr-defined]


History = list[tuple[Any, ...]]


def without_gaps(history: History, timeline: int, when: str, member: str) -> History:
    """
    A timeline's history with a line for each number that is missing among its ancestors and before it. Pure.

    The cluster has nothing of those, so they end at 0: whoever has replayed anything of one has more than anybody took over.

    :param when: when the timeline began; only its last line has that, and the member that began it.
    """
    if not history:
        return history
    lines: History = []
    for line in [*history, (timeline,)]:
        expected_next = lines[-1][0] + 1 if lines else line[0]
        lines += [(number, 0, "passed over: nobody heard of it") for number in range(expected_next, line[0])]
        lines.append(line)
    lines.pop()
    if lines[-1][0] > history[-1][0]:
        lines[-1] = (*lines[-1], when, member)
    return lines


def bridge(get_history: Callable[..., History]) -> Callable[..., History]:
    """
    Patroni's reading of a history, without gaps.

    :raises RuntimeError: when this Patroni reads it otherwise.
    """
    found = list(inspect.signature(get_history).parameters)
    if found != ["self", "timeline"]:
        raise RuntimeError(f"the reading of histories of this Patroni takes {found}; look at it again")

    def read(self: Any, timeline: int) -> History:
        history = get_history(self, timeline)
        file = os.path.join(self.wal_dir, file_of(timeline))
        if not history or not os.path.exists(file):
            return history
        when = datetime.fromtimestamp(os.path.getmtime(file), UTC).isoformat()
        return without_gaps(history, timeline, when, self.name)

    return read


def clean(start: Callable[..., Any]) -> Callable[..., Any]:
    """
    Patroni's start of PostgreSQL, with no placeholder as the newest history.

    :raises RuntimeError: when this Patroni starts it otherwise.
    """
    if next(iter(inspect.signature(start).parameters), "") != "self":
        raise RuntimeError("this Patroni starts PostgreSQL in another way; look at it again")

    @wraps(start)
    def cleanly(self: Any, *arguments: Any, **options: Any) -> Any:
        try:
            prepare_start(Path(self.data_dir))
        except (OSError, ValueError, OperationError) as error:
            complain(f"placeholders of timelines are not looked after: {error}")
        return start(self, *arguments, **options)

    return cleanly


def confirm(renew: Callable[..., bool], read: Callable[..., Any]) -> Callable[..., bool]:
    """
    Patroni's renewal of its lock, which counts only once a quorum of etcd has answered. Both have `retry_timeout` together.

    :param read: how Patroni's client of etcd reads keys that begin with something.
    :raises RuntimeError: when this Patroni reads otherwise.
    """
    found = list(inspect.signature(read).parameters)
    if found != ["self", "key", "serializable", "retry"]:
        raise RuntimeError(f"the client of etcd of this Patroni reads with {found}; look at it again")

    def renew_by_quorum(self: Any, leader: Any) -> bool:
        began = time.monotonic()
        if not renew(self, leader):
            return False
        retry = self._retry.copy()
        retry.deadline = max(1.0, retry.deadline - (time.monotonic() - began))

        def in_time(method: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
            return retry(method, *arguments, retry=retry, **options)

        self._run_and_handle_exceptions(self._client.prefix, self.leader_path, serializable=False, retry=in_time)
        return True

    return renew_by_quorum


def common_name(certificate: dict[str, Any]) -> str:
    """Of a certificate as `ssl.SSLSocket.getpeercert` gives it; empty where there is none. Pure."""
    return next((str(value) for part in certificate.get("subject", ()) for key, value in part if key == "commonName"), "")


def only_for(name: str, check_access: Callable[..., Any]) -> Callable[..., Any]:
    """
    Patroni's check of who may change the cluster, for clients with one common name only.

    :raises RuntimeError: when this Patroni checks otherwise.
    """
    found = list(inspect.signature(check_access).parameters)
    if found != ["self", "rh", "allowlist_check_members"]:
        raise RuntimeError(f"the check of access of this Patroni takes {found}; look at it again")

    @wraps(check_access)
    def check(self: Any, rh: Any, *arguments: Any, **options: Any) -> Any:
        certificate = rh.request.getpeercert() if hasattr(rh.request, "getpeercert") else None
        # Those without a certificate are refused by Patroni itself.
        if certificate and common_name(certificate) != name:
            return rh.write_response(403, f"the certificate of {common_name(certificate)} may not change the cluster")
        return check_access(self, rh, *arguments, **options)

    return check


if __name__ == "__main__":
    from patroni.__main__ import main
    from patroni.api import RestApiServer
    from patroni.dcs import catch_return_false_exception
    from patroni.dcs.etcd import DnsCachingResolver
    from patroni.dcs.etcd3 import Etcd3, Etcd3Client
    from patroni.postgresql import Postgresql

    shorten(DnsCachingResolver.__init__)
    Postgresql.get_history = bridge(Postgresql.get_history)
    Postgresql.start = clean(Postgresql.start)
    RestApiServer.check_access = only_for("patroni", RestApiServer.check_access)
    Etcd3Client._ensure_version_prefix = known(Etcd3Client._ensure_version_prefix)
    Etcd3._update_leader = catch_return_false_exception(confirm(Etcd3._update_leader, Etcd3Client.prefix))
    main()
