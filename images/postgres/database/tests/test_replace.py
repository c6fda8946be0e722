import unittest
from contextlib import redirect_stdout
from dataclasses import replace
from io import StringIO

from database.cluster import Cluster
from database.errors import OperationError
from database.patroni import Patroni
from database.replace import order_copy
from database.tests.support import FakeClient, healthy, settings, told


class OrderCopyTest(unittest.TestCase):
    def ordered(self, cluster: Cluster, name: str) -> list[str]:
        client = FakeClient({("GET", "/cluster"): told(cluster), ("POST", "/reinitialize"): "reinitialize started"})
        with redirect_stdout(StringIO()):
            order_copy(settings(), Patroni(settings(), client), name)
        return [url for method, url, _ in client.asked if method == "POST"]

    def test_a_replica_is_copied_anew(self) -> None:
        self.assertEqual(
            self.ordered(healthy(), "bandung-core-1"), ["https://core-1.db.bandung.internal:8008/reinitialize"]
        )

    def test_a_copy_that_is_under_way_goes_on(self) -> None:
        cluster = healthy()
        cluster.reports["bandung-core-1"] = replace(cluster.reports["bandung-core-1"], state="creating replica")
        self.assertEqual(self.ordered(cluster, "bandung-core-1"), [])

    def test_the_primary_and_the_last_of_a_set_keep_their_data(self) -> None:
        with self.assertRaisesRegex(OperationError, "is the primary"):
            self.ordered(healthy(), "jakarta-core-0")
        cluster = healthy()
        cluster.reports["bandung-core-0"] = replace(cluster.reports["bandung-core-0"], state="starting")
        with self.assertRaisesRegex(OperationError, "last of its set in bandung: bandung-core-0: starting"):
            self.ordered(cluster, "bandung-core-1")


if __name__ == "__main__":
    unittest.main()
