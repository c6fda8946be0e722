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
"""

import inspect
import os
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Any

from database.errors import OperationError
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


if __name__ == "__main__":
    from patroni.__main__ import main
    from patroni.dcs.etcd import DnsCachingResolver
    from patroni.postgresql import Postgresql

    shorten(DnsCachingResolver.__init__)
    Postgresql.get_history = bridge(Postgresql.get_history)
    Postgresql.start = clean(Postgresql.start)
    main()
