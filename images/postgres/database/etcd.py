"""etcd through its JSON gateway: health, membership, keys and leases."""

import base64
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from database.errors import OperationError, Unreachable
from database.settings import EtcdHost, Settings
from database.web import Answer


class Client(Protocol):
    def ask(self, method: str, url: str, body: object = None, timeout: float | None = None) -> Answer: ...


@dataclass(frozen=True)
class EtcdMember:
    """A member as etcd lists it. One that was added later has no name until it starts for the first time."""

    id: int
    name: str
    peer_urls: tuple[str, ...]
    # Empty until it has started for the first time.
    client_urls: tuple[str, ...]
    learner: bool


@dataclass(frozen=True)
class EtcdStatus:
    """What one member says of itself. `problem` is None when it is healthy."""

    host: EtcdHost
    id: int = 0
    leader: int = 0
    learner: bool = False
    problem: str | None = None

    @property
    def leads(self) -> bool:
        return self.id != 0 and self.id == self.leader


# Seconds in which nobody answers a new pod before that says anything: names, network policies and its first connection take
# a moment. An etcd that lost its volume must not take that for an empty cluster, nor a member for the end of a hold.
settling = 15


class KeyExists(OperationError):
    """Somebody else has made the key."""


def encode(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def decode(text: str) -> str:
    return base64.b64decode(text).decode()


class Etcd:
    """
    The cluster. A call goes to the first member that answers, own city's first.

    `resolve` and `connect` are for tests.
    """

    def __init__(
        self,
        settings: Settings,
        client: Client,
        resolve: Callable[[str, int], object] = socket.getaddrinfo,
        connect: Callable[[tuple[str, int], float], socket.socket] = socket.create_connection,
    ) -> None:
        self._connect = connect
        self._settings = settings
        self._client = client
        self._resolve = resolve

    def _post(self, host: EtcdHost, method: str, body: dict[str, Any], timeout: float | None = None) -> dict[str, Any]:
        answer = self._client.ask("POST", f"{self._settings.etcd_url(host)}/v3/{method}", body, timeout)
        content = answer.json()
        lost = "leader" in answer.text or "proposal dropped" in answer.text
        if answer.status == 503 or (answer.status >= 500 and lost):
            raise Unreachable(f"etcd of {host.city}: {content.get('message', answer.text)}")
        if answer.status != 200:
            raise OperationError(f"etcd of {host.city} refuses {method}: {content.get('message', answer.text)}")
        return dict(content)

    def call(self, method: str, body: dict[str, Any], timeout: float | None = None) -> dict[str, Any]:
        """
        A call that needs a quorum.

        :raises Unreachable: when no member can do it, with every member's reason.
        """
        reasons = []
        for host in self._settings.etcd:
            try:
                return self._post(host, method, body, timeout)
            except Unreachable as error:
                reasons.append(str(error))
        raise Unreachable(f"no etcd member can answer: {'; '.join(reasons)}")

    def has_quorum(self) -> bool:
        """Whether a read that has to be the newest is answered."""
        try:
            self.call("kv/range", {"key": encode("/"), "limit": 1})
        except Unreachable:
            return False
        return True

    def resolves(self, host: EtcdHost) -> bool:
        """Whether the name is known, which it is from the moment on when the city's etcd is first created."""
        try:
            self._resolve(host.host, self._settings.ports.etcd_client)
        except OSError:
            return False
        return True

    def listens(self, host: EtcdHost) -> bool:
        """Whether its process runs. Before its first quorum etcd takes connections and answers none."""
        try:
            self._connect((host.host, self._settings.ports.etcd_client), 3).close()
        except OSError:
            return False
        return True

    def status(self, host: EtcdHost) -> EtcdStatus:
        """Never raises: what is wrong is in `problem`."""
        if not self.resolves(host):
            return EtcdStatus(host, problem=f"{host.host} does not resolve")
        try:
            content = self._post(host, "maintenance/status", {})
        except OperationError as error:
            return EtcdStatus(host, problem=str(error))
        leader = int(content.get("leader", 0))
        learner = bool(content.get("isLearner", False))
        errors = content.get("errors", [])
        problem = None
        if leader == 0:
            problem = "sees no leader"
        elif learner:
            problem = "is still a learner"
        elif errors:
            problem = ", ".join(str(error) for error in errors)
        return EtcdStatus(host, int(content["header"]["member_id"]), leader, learner, problem)

    def statuses(self) -> list[EtcdStatus]:
        return [self.status(host) for host in self._settings.etcd]

    def members(self) -> list[EtcdMember]:
        return parse_members(self.call("cluster/member/list", {}))

    def members_by(self, host: EtcdHost) -> list[EtcdMember]:
        """What one member knows, with or without a quorum."""
        return parse_members(self._post(host, "cluster/member/list", {"linearizable": False}))

    def remove_member(self, member: EtcdMember) -> None:
        self.call("cluster/member/remove", {"ID": str(member.id)})

    def add_member(self, peer_url: str, learner: bool) -> EtcdMember:
        """Adds a member. A learner takes part but does not vote yet."""
        content = self.call("cluster/member/add", {"peerURLs": [peer_url], "isLearner": learner})
        return parse_members({"members": [content["member"]]})[0]

    def promote(self, member: EtcdMember) -> None:
        """:raises OperationError: as long as the learner has not caught up."""
        self.call("cluster/member/promote", {"ID": str(member.id)})

    def move_leader(self, leader: EtcdStatus, to: EtcdStatus) -> None:
        self._post(leader.host, "maintenance/transfer-leadership", {"targetID": str(to.id)})

    def get(self, key: str) -> str | None:
        found = self.call("kv/range", {"key": encode(key)}).get("kvs", [])
        return decode(found[0].get("value", "")) if found else None

    def put(self, key: str, value: str) -> None:
        self.call("kv/put", {"key": encode(key), "value": encode(value)})

    def delete(self, key: str, below: bool = False) -> int:
        """Keys that were there. `below`: everything that begins with the key."""
        body = {"key": encode(key)}
        if below:
            body["range_end"] = encode(key[:-1] + chr(ord(key[-1]) + 1))
        return int(self.call("kv/deleterange", body).get("deleted", 0))

    def grant(self, seconds: int) -> int:
        return int(self.call("lease/grant", {"TTL": seconds})["ID"])

    def keep_alive(self, lease: int) -> bool:
        """Whether the lease still lives."""
        content = self.call("lease/keepalive", {"ID": str(lease)})
        return int(content.get("result", {}).get("TTL", 0)) > 0

    def revoke(self, lease: int) -> None:
        self.call("lease/revoke", {"ID": str(lease)})

    def create(self, key: str, value: str, lease: int) -> None:
        """:raises KeyExists: with what is there."""
        name = encode(key)
        content = self.call(
            "kv/txn",
            {
                "compare": [{"key": name, "target": "CREATE", "create_revision": "0"}],
                "success": [{"request_put": {"key": name, "value": encode(value), "lease": str(lease)}}],
                "failure": [{"request_range": {"key": name}}],
            },
        )
        if not content.get("succeeded", False):
            found = content.get("responses", [{}])[0].get("response_range", {}).get("kvs", [{}])
            raise KeyExists(decode(found[0].get("value", "")) if found else "")


def parse_members(content: dict[str, Any]) -> list[EtcdMember]:
    return [
        EtcdMember(
            int(member["ID"]),
            str(member.get("name", "")),
            tuple(member.get("peerURLs", [])),
            tuple(member.get("clientURLs", [])),
            bool(member.get("isLearner", False)),
        )
        for member in content.get("members", [])
    ]


def unreachable(statuses: Sequence[EtcdStatus]) -> list[str]:
    """Which members are missing, a phrase each."""
    return [f"etcd of {status.host.city}: {status.problem}" for status in statuses if status.problem is not None]
