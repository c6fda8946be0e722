"""
Patroni, with the names of other members asked for anew.

Patroni's client of etcd has every connection of the process resolve its name through a cache of ten minutes, those to
other members included, and nothing clears it when a member does not answer (DnsCachingResolver in patroni/dcs/etcd.py,
seen in 4.0.7 and 4.1.4). A pod has another address after each start. For that long the others take it for dead: it can't
be made primary in order, and an election does not see what it has.
"""

import inspect
from collections.abc import Callable
from typing import Any

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


if __name__ == "__main__":
    from patroni.__main__ import main
    from patroni.dcs.etcd import DnsCachingResolver

    shorten(DnsCachingResolver.__init__)
    main()
