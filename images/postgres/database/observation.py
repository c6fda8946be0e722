"""The picture of a city that its rolling is decided on."""

from database.cluster import Cluster, candidates, problem
from database.errors import OperationError
from database.etcd import Etcd, unreachable
from database.health import missing
from database.kubernetes import Kubernetes, Pod
from database.patroni import Patroni
from database.rolling import EtcdView, MemberView, RemoteView, View
from database.settings import Settings


class Observation:
    """Asks Patroni, etcd and Kubernetes."""

    def __init__(self, settings: Settings, patroni: Patroni, etcd: Etcd, kubernetes: Kubernetes) -> None:
        self._settings = settings
        self._patroni = patroni
        self._etcd = etcd
        self._kubernetes = kubernetes

    def view(self) -> View:
        settings = self._settings
        cluster = self._patroni.cluster()
        pods = self._kubernetes.pods()
        revisions = {name: self._revision(name) for name in ("core", "reporting", "etcd")}
        statuses = self._etcd.statuses()
        return View(
            members=[
                self._member_view(
                    cluster, member.name, member.set, member.ordinal, pods.get(member.pod), revisions[member.set]
                )
                for member in settings.here.members
            ],
            etcd=EtcdView(
                problem=statuses[0].problem,
                other_problems=unreachable(statuses[1:]),
                pod=pods.get(settings.here.etcd.pod),
                revision=revisions["etcd"],
            ),
            has_leader=cluster.leader is not None,
            candidates=self._candidates(cluster, pods, revisions),
            remote=self._remote(cluster),
            paused=cluster.paused,
        )

    def _remote(self, cluster: Cluster) -> list[RemoteView]:
        return [
            RemoteView(
                member.name,
                member.city,
                member.set,
                member.ordinal,
                problem(cluster, member.name, self._settings.limits.lag),
                report is not None and report.lowers_standby_minimum and not report.leader,
                report is not None and report.raises_standby_minimum and not report.leader,
            )
            for member in self._settings.members
            if member.city != self._settings.city
            for report in (cluster.reports.get(member.name),)
        ]

    def _revision(self, name: str) -> str:
        revision = self._kubernetes.update_revision(name)
        if revision is None:
            raise OperationError(f"there is no StatefulSet {name} in the namespace {self._settings.namespace}")
        return revision

    def _candidates(self, cluster: Cluster, pods: dict[str, Pod], revisions: dict[str, str]) -> list[str]:
        """Those of this city only when they are rolled already: otherwise the primary would move twice."""

        lowers = cluster.leader is not None and cluster.leader.lowers_standby_minimum

        def rolled(name: str, pod: str) -> bool:
            found, report = pods.get(pod), cluster.reports[name]
            # What the primary has to lower first stays pending until this one leads and is restarted in its place.
            waits = report.pending_restart and not (lowers and report.lowers_standby_minimum)
            return found is not None and found.revision == revisions["core"] and not waits

        return [
            member.name
            for member in candidates(self._settings, cluster, self._settings.city)
            if member.city != self._settings.city or rolled(member.name, member.pod)
        ]

    def _member_view(
        self, cluster: Cluster, name: str, kind: str, ordinal: int, pod: Pod | None, revision: str
    ) -> MemberView:
        report = cluster.reports.get(name)
        leader = cluster.leader
        trouble = problem(cluster, name, self._settings.limits.lag)
        if trouble is not None and pod is not None and pod.trouble is not None:
            trouble = f"{trouble}; {pod.trouble}"
        pending = report is not None and report.pending_restart
        lowers = report is not None and report.lowers_standby_minimum
        is_leader = report is not None and report.leader
        raises = report is not None and report.raises_standby_minimum
        if lowers and not raises and not is_leader and leader is not None and leader.lowers_standby_minimum:
            # Restarting it before the primary would change nothing.
            pending = False
        return MemberView(name, kind, ordinal, is_leader, trouble, pod, revision, pending, lowers, raises)

    def missing_of_touched(self, city: str) -> list[tuple[str, str]]:
        """
        What is missing in a city: in the own one without outdated pods that were broken before and wait for their turn,
        in another one of PostgreSQL only, as nothing else is touched there.
        """
        left = missing(self._settings, self._patroni, self._etcd, city)
        if city != self._settings.city:
            touched = {member.name for member in self._settings.members if member.city == city}
            return [(name, why) for name, why in left if name in touched]
        if not left:
            return []
        view = self.view()
        waiting = {member.name for member in view.members if member.outdated}
        if view.etcd.outdated:
            waiting.add(f"etcd of {self._settings.city}")
        return [(name, why) for name, why in left if name not in waiting]

    def trouble(self) -> list[str]:
        """Pods whose containers don't run."""
        return [f"pod {pod.name}: {pod.trouble}" for pod in self._kubernetes.pods().values() if pod.trouble is not None]
