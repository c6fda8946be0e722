import unittest
from dataclasses import replace

from database.cluster import Cluster
from database.etcd import Etcd
from database.kubernetes import Kubernetes
from database.observation import Observation
from database.patroni import Patroni
from database.rolling import View
from database.tests.support import FakeClient, healthy, settings, told
from database.tests.test_reconcile import pods, sound


def view(cluster: Cluster, *without: str) -> View:
    client = FakeClient({**sound, ("GET", "/pods"): pods(), ("GET", "/cluster"): told(cluster, *without)})
    own = settings()
    etcd = Etcd(own, client, lambda *_: [], lambda *_: None)  # type: ignore[arg-type, return-value]
    return Observation(own, Patroni(own, client), etcd, Kubernetes(client, "https://k8s", "databases")).view()


def pending(cluster: Cluster, **changes: tuple[str, str]) -> Cluster:
    reports = {
        name: replace(report, pending_restart=True, pending=dict(changes)) for name, report in cluster.reports.items()
    }
    return Cluster(reports)


class ObservationTest(unittest.TestCase):
    def test_a_member_of_another_city_that_has_gone_is_a_problem_there(self) -> None:
        gone = {member.name: member.problem for member in view(healthy(), "surabaya-core-1").remote}
        self.assertEqual(gone.pop("surabaya-core-1"), "not registered in Patroni")
        self.assertEqual(set(gone.values()), {None})

    def test_what_the_primary_has_to_lower_first_keeps_nobody_from_taking_its_place(self) -> None:
        lowered = view(pending(healthy(), max_connections=("200", "100")))
        self.assertEqual(lowered.candidates[0], "jakarta-core-1")
        raised = view(pending(healthy(), max_connections=("100", "200")))
        self.assertNotIn("jakarta-core-1", raised.candidates)

    def test_a_raise_is_not_put_off_by_a_lowering_beside_it(self) -> None:
        both = view(pending(healthy(), max_connections=("100", "200"), max_worker_processes=("16", "8")))
        self.assertTrue(all(member.pending_restart for member in both.members))
        lowered = view(pending(healthy(), max_connections=("200", "100")))
        self.assertEqual([member.name for member in lowered.members if member.pending_restart], ["jakarta-core-0"])


if __name__ == "__main__":
    unittest.main()
