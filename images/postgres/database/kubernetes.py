"""The Kubernetes API, as far as rolling pods needs it: the own namespace, pods and StatefulSets."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from database.errors import OperationError
from database.etcd import Client
from database.web import Answer, Web

account = Path("/var/run/secrets/kubernetes.io/serviceaccount")


@dataclass(frozen=True)
class Pod:
    name: str
    uid: str
    # Hash of the template that it was made from.
    revision: str
    deleting: bool
    # Why its containers don't run, from the kubelet; None when they do.
    trouble: str | None


class BudgetError(OperationError):
    """A disruption budget allows no eviction now."""


def _message(answer: Answer) -> str:
    return str(answer.json().get("message", answer.text)) if answer.text.startswith("{") else answer.text


class Kubernetes:
    """The own namespace."""

    def __init__(self, client: Client, url: str, namespace: str) -> None:
        self._client = client
        self._base = url
        self._namespace = namespace

    @classmethod
    def from_pod(cls, namespace: str, directory: Path = account) -> "Kubernetes":
        """
        With the pod's ServiceAccount.

        :raises OperationError: outside a pod, or in one without a token.
        """
        host = os.environ.get("KUBERNETES_SERVICE_HOST")
        port = os.environ.get("KUBERNETES_SERVICE_PORT", "443")
        token = directory / "token"
        if host is None or not token.exists():
            raise OperationError("there is no ServiceAccount token in this pod; the Job needs one to roll pods")
        client = Web(str(directory / "ca.crt"), None, token.read_text(encoding="utf-8").strip(), timeout=10)
        return cls(client, f"https://{f'[{host}]' if ':' in host else host}:{port}", namespace)

    def _ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        answer = self._client.ask(method, f"{self._base}{path}", body)
        if answer.status == 404:
            return {}
        if answer.status == 429:
            raise BudgetError(_message(answer))
        if answer.status not in (200, 201, 202):
            raise OperationError(
                f"the Kubernetes API refuses {method} {path} (status {answer.status}): {_message(answer)}"
            )
        return dict(answer.json())

    def update_revision(self, name: str) -> str | None:
        """
        Revision that pods of a StatefulSet should have. None: there is no such StatefulSet.

        An empty string: the controller has not seen its newest template yet.
        """
        found = self._ask("GET", f"/apis/apps/v1/namespaces/{self._namespace}/statefulsets/{name}")
        if not found:
            return None
        status = found.get("status", {})
        if int(status.get("observedGeneration", 0)) < int(found["metadata"].get("generation", 0)):
            return ""
        return str(status.get("updateRevision", ""))

    def pods(self) -> dict[str, Pod]:
        """By name."""
        found = self._ask("GET", f"/api/v1/namespaces/{self._namespace}/pods")
        pods = [parse_pod(item) for item in found.get("items", [])]
        return {pod.name: pod for pod in pods}

    def evict_pod(self, pod: Pod) -> str | None:
        """
        Evicts this very pod: one that took its name meanwhile is left alone.

        Unlike a deletion this heeds the disruption budget, which a drain of a node may be using up.

        :returns: why the disruption budget does not allow it now.
        """
        body = {
            "apiVersion": "policy/v1",
            "kind": "Eviction",
            "metadata": {"name": pod.name, "namespace": self._namespace},
            "deleteOptions": {"preconditions": {"uid": pod.uid}},
        }
        path = f"/api/v1/namespaces/{self._namespace}/pods/{pod.name}/eviction"
        try:
            self._ask("POST", path, body)
        except BudgetError as error:
            return str(error)
        return None


def parse_pod(item: dict[str, Any]) -> Pod:
    metadata, status = item["metadata"], item.get("status", {})
    trouble = None
    for container in [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]:
        waiting = container.get("state", {}).get("waiting", {})
        if waiting.get("reason") not in (None, "PodInitializing", "ContainerCreating"):
            trouble = f"container {container['name']}: {waiting['reason']}"
            break
    if trouble is None and status.get("phase") == "Pending":
        for condition in status.get("conditions", []):
            if condition.get("type") == "PodScheduled" and condition.get("status") == "False":
                trouble = f"not scheduled: {condition.get('message', 'no reason given')}"
    return Pod(
        name=metadata["name"],
        uid=metadata["uid"],
        revision=metadata.get("labels", {}).get("controller-revision-hash", ""),
        deleting="deletionTimestamp" in metadata,
        trouble=trouble,
    )
