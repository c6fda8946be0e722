"""
Patroni's client of etcd speaks to the path that our servers have, and asks none for its version first.

Patroni goes by the version of the cluster (_ensure_version_prefix in patroni/dcs/etcd3.py, 4.0.7). A new etcd says 3.0 there until
every member has been there once, and with one away for as long as that is: it does everything, but Patroni looks for `/v3alpha`,
which servers had until 3.4, and two cities would wait for the third. It also asks one member only, before it starts, and ends where
that one takes connections and does not answer, as one does that returns to the new cluster of the others.
"""

import inspect
from collections.abc import Callable
from typing import Any

# The first version of etcd whose gateway is at /v3. Patroni leaves nothing out for it.
version = (3, 4)


def known(ensure: Callable[..., None]) -> Callable[..., None]:
    """
    Patroni's choice of a path, without a question.

    :raises RuntimeError: when this Patroni chooses otherwise.
    """
    found = list(inspect.signature(ensure).parameters)
    if found != ["self", "base_uri", "kwargs"]:
        raise RuntimeError(f"the choice of etcd's path of this Patroni takes {found}; look at it again")

    def choose(self: Any, base_uri: str, **kwargs: Any) -> None:
        self.version_prefix = "/v3"
        self._cluster_version = version

    return choose
