"""
Patroni's client of etcd speaks to the path that the server has.

A new etcd says 3.0 as the version of the cluster until every member has been there once, and with one away for as long as that
is. It does everything meanwhile. Patroni takes that for the path as well, `/v3alpha`, which servers had until 3.4, and finds
nothing there (_ensure_version_prefix in patroni/dcs/etcd3.py, 4.0.7): two cities would wait for the third.
"""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any


def of_server(handle: Callable[..., Any]) -> Callable[..., Any]:
    """
    Patroni's reading of etcd's answers, with the server's version for the cluster's.

    :raises RuntimeError: when this Patroni reads them otherwise.
    """
    found = list(inspect.signature(handle).parameters)
    if found != ["self", "response"]:
        raise RuntimeError(f"the reading of etcd's answers of this Patroni takes {found}; look at it again")

    @wraps(handle)
    def read(self: Any, response: Any) -> Any:
        content = handle(self, response)
        if isinstance(content, dict) and "etcdserver" in content and "etcdcluster" in content:
            return {**content, "etcdcluster": content["etcdserver"]}
        return content

    return read
