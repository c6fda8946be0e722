"""Patroni's REST API."""

import time
from collections.abc import Callable
from typing import Any

from database.cluster import Cluster, parse_cluster
from database.deadline import Deadline
from database.errors import OperationError, Unreachable
from database.etcd import Client
from database.settings import Member, Settings


class Patroni:
    """The cluster through whichever member answers, those of the own city first. `sleep` is for tests."""

    def __init__(self, settings: Settings, client: Client, sleep: Callable[[float], None] = time.sleep) -> None:
        self._settings = settings
        self._client = client
        self._sleep = sleep
        self._order = sorted(settings.members, key=lambda member: member.city != settings.city)

    def _first(self, path: str) -> Any:
        reasons: dict[str, str] = {}
        for member in list(self._order):
            try:
                answer = self._client.ask("GET", f"{self._settings.patroni_url(member)}/{path}")
            except Unreachable as error:
                reasons[member.name] = str(error)
                continue
            if answer.status == 200:
                # Who answered is asked first the next time: a dead member costs a timeout.
                self._order.remove(member)
                self._order.insert(0, member)
                return answer.json()
            reasons[member.name] = f"{self._settings.patroni_url(member)} answers with status {answer.status}"
        raise Unreachable(f"no Patroni can tell /{path}: {'; '.join(reasons.values())}")

    def cluster(self) -> Cluster:
        """
        All members, as etcd has them.

        :raises Unreachable: when no Patroni answers, or none of them reaches etcd.
        """
        return parse_cluster(self._first("cluster"))

    def configuration(self) -> dict[str, Any]:
        """The dynamic configuration."""
        return dict(self._first("config"))

    def history(self) -> list[list[Any]]:
        """Timelines that ended: number, LSN of the end in bytes, reason, time, who took over."""
        return [list(line) for line in self._first("history")]

    def timeline_ends(self) -> dict[int, int]:
        """Where each timeline that ended did, in bytes."""
        return {int(line[0]): int(line[1]) for line in self.history()}

    def status(self, member: Member) -> dict[str, Any]:
        """
        What a member says of itself, also without etcd.

        :raises Unreachable: when it does not answer.
        """
        return dict(self._client.ask("GET", f"{self._settings.patroni_url(member)}/patroni", timeout=3).json())

    def leader(self) -> Member:
        """:raises OperationError: when there is none."""
        leader = self.cluster().leader
        if leader is None:
            raise OperationError("the cluster has no primary")
        return self._settings.member(leader.name)

    def _order_to(self, member: Member, method: str, path: str, body: object, timeout: float) -> str:
        url = f"{self._settings.patroni_url(member)}/{path}"
        answer = self._client.ask(method, url, body, timeout)
        if answer.status not in (200, 202):
            raise OperationError(
                f"{member.name} refuses {method} /{path} (status {answer.status}): {answer.text.strip()}"
            )
        return answer.text.strip()

    def patch_configuration(self, patch: dict[str, Any]) -> None:
        self._order_to(self.leader(), "PATCH", "config", patch, 15)

    def restart(self, member: Member, seconds: int) -> str:
        """Restarts PostgreSQL, not the pod, and waits for it."""
        return self._order_to(member, "POST", "restart", {"timeout": seconds}, seconds + 30)

    def reinitialize(self, member: Member) -> str:
        """Throws the member's data away and copies it anew."""
        return self._order_to(member, "POST", "reinitialize", {"force": True}, 30)

    def switchover(self, candidate: str, deadline: Deadline) -> None:
        """
        Makes a member primary, in order and without loss, and waits until it is.

        :raises OperationError: when Patroni refuses it, or another member has become primary.
        """
        leader = self.leader()
        body = {"leader": leader.name, "candidate": candidate}
        try:
            said = self._order_to(leader, "POST", "switchover", body, max(30.0, deadline.left()))
        except OperationError as error:
            # The old primary may cut the connection while it steps down, and Patroni itself waits for 20 s at most; what
            # counts is who leads afterwards.
            if not isinstance(error, Unreachable) and "status unknown" not in str(error):
                raise
            said = str(error)
        while True:
            try:
                cluster = self.cluster()
                now = cluster.leader
                if now is not None and now.name == candidate and now.state == "running":
                    return
                if now is not None and now.name not in (candidate, leader.name):
                    raise OperationError(f"{now.name} has become primary instead of {candidate}: {said}")
            except Unreachable as error:
                said = str(error)
            if deadline.over():
                raise OperationError(f"{candidate} has not become primary in {deadline.seconds:.0f} s: {said}")
            deadline.pause(1)

    def settle(self, loops: int = 2) -> None:
        """Waits until every Patroni has run its loop that often, and so has seen a new configuration."""
        self._sleep(loops * float(self.configuration().get("loop_wait", 10)) + 2)
