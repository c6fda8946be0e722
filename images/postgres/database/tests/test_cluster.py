import unittest

from database.cluster import Report, candidate_problem, candidates, parse_cluster, problem
from database.tests.support import healthy, settings

limit = 16 * 1024 * 1024


class ClusterTest(unittest.TestCase):
    def test_reads_what_patroni_says(self) -> None:
        cluster = parse_cluster(
            {
                "members": [
                    {"name": "a", "role": "leader", "state": "running", "timeline": 2},
                    {
                        "name": "b",
                        "role": "replica",
                        "state": "streaming",
                        "timeline": 2,
                        "lag": 5,
                        "pending_restart": True,
                        "pending_restart_reason": {"max_connections": {"old_value": "100", "new_value": "50"}},
                    },
                    {"name": "c", "role": "replica", "state": "running", "lag": "unknown"},
                ],
                "pause": True,
            }
        )
        assert cluster.leader is not None
        self.assertEqual(cluster.leader.name, "a")
        self.assertTrue(cluster.paused)
        self.assertTrue(cluster.reports["b"].lowers_standby_minimum)
        self.assertIsNone(problem(cluster, "b", limit))
        self.assertEqual(problem(cluster, "c", limit), "running but not streaming")
        self.assertEqual(problem(cluster, "d", limit), "not registered in Patroni")

    def test_raising_a_minimum_is_no_lowering(self) -> None:
        report = Report("b", "replica", "streaming", pending={"max_connections": ("50", "100")})
        self.assertFalse(report.lowers_standby_minimum)
        self.assertTrue(report.raises_standby_minimum)
        lowered = Report("b", "replica", "streaming", pending={"max_connections": ("100", "50")})
        self.assertFalse(lowered.raises_standby_minimum)
        self.assertFalse(
            Report("b", "replica", "streaming", pending={"shared_buffers": ("9", "8")}).lowers_standby_minimum
        )

    def test_lag_and_timeline(self) -> None:
        late = Report("bandung-core-0", "replica", "streaming", 3, limit + 1)
        self.assertIn("bytes behind", problem(healthy(bandung_core_0=late), "bandung-core-0", limit) or "")
        old = Report("bandung-core-0", "replica", "streaming", 2, 0)
        self.assertIn("on timeline 2", problem(healthy(bandung_core_0=old), "bandung-core-0", limit) or "")
        unknown = Report("bandung-core-0", "replica", "streaming", 3, None)
        self.assertEqual(problem(healthy(bandung_core_0=unknown), "bandung-core-0", limit), "lag unknown")

    def test_candidates_own_city_first_then_priority(self) -> None:
        names = [member.name for member in candidates(settings(), healthy(), "jakarta")]
        self.assertEqual(names[:3], ["jakarta-core-1", "bandung-core-0", "bandung-core-1"])
        self.assertNotIn("jakarta-core-0", names)
        self.assertFalse([name for name in names if "reporting" in name])
        self.assertEqual(candidates(settings(), healthy(), "surabaya")[0].name, "surabaya-core-0")

    def test_reporting_and_the_primary_are_no_candidates(self) -> None:
        self.assertIn("nofailover", candidate_problem(settings(), healthy(), "bandung-reporting-0") or "")
        self.assertIn("already", candidate_problem(settings(), healthy(), "jakarta-core-0") or "")


if __name__ == "__main__":
    unittest.main()
