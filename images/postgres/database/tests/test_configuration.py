import unittest

from database.configuration import describe, patch


class ConfigurationTest(unittest.TestCase):
    def test_same_is_no_change(self) -> None:
        self.assertEqual(patch({"ttl": 30, "postgresql": {"a": "on"}}, {"ttl": "30", "postgresql": {"a": "on"}}), {})

    def test_changes_additions_and_removals_at_any_depth(self) -> None:
        current = {"ttl": 30, "old": 1, "postgresql": {"parameters": {"a": 1, "gone": 2}}}
        desired = {"ttl": 20, "postgresql": {"parameters": {"a": 1, "b": {"c": 3}}}}
        change = patch(current, desired)
        self.assertEqual(change, {"old": None, "ttl": 20, "postgresql": {"parameters": {"gone": None, "b": {"c": 3}}}})
        self.assertEqual(
            describe(current, change),
            [
                "old: 1 → removed",
                "postgresql.parameters.b.c: absent → 3",
                "postgresql.parameters.gone: 2 → removed",
                "ttl: 30 → 20",
            ],
        )

    def test_a_pause_is_left_to_who_set_it(self) -> None:
        self.assertEqual(patch({"pause": True, "ttl": 30}, {"ttl": 30}), {})

    def test_a_mapping_replaces_a_scalar(self) -> None:
        self.assertEqual(patch({"a": 1}, {"a": {"b": 1}}), {"a": {"b": 1}})

    def test_what_is_wanted_absent_is_removed_once(self) -> None:
        self.assertEqual(patch({"a": 1}, {"a": None, "b": None}), {"a": None})


if __name__ == "__main__":
    unittest.main()
