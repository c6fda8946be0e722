import unittest

from database.errors import OperationError
from database.settings_file import parse
from database.tests.support import document, settings


class SettingsTest(unittest.TestCase):
    def refused(self, **changes: object) -> str:
        with self.assertRaises(OperationError) as caught:
            settings(**changes)
        return str(caught.exception)

    def test_defaults(self) -> None:
        found = settings()
        self.assertEqual(found.namespace, "databases")
        self.assertEqual(found.etcd_url(found.etcd[0]), "https://etcd-0.etcd.jakarta.internal:2379")
        self.assertEqual(found.tls.patroni.key, "/run/certificates/patroni.key")
        self.assertEqual(found.limits.backup_age, 26 * 3600)

    def test_own_city_is_asked_first(self) -> None:
        self.assertEqual([host.city for host in settings(city="bandung").etcd], ["bandung", "jakarta", "surabaya"])

    def test_unknown_keys_are_named(self) -> None:
        self.assertIn("unknown key lagg", self.refused(limits={"lagg": 1}))

    def test_missing_and_mistyped_keys_are_named_with_their_path(self) -> None:
        broken = document()
        del broken["cities"][1]["etcd"]["host"]
        with self.assertRaisesRegex(OperationError, r"cities\[1\]\.etcd\.host is missing"):
            parse(broken, "operations.yaml")
        self.assertIn("limits.lag has to be a whole number, not a text", self.refused(limits={"lag": "16MB"}))
        self.assertIn("not True", self.refused(limits={"lag": True}))
        self.assertIn("has to be a mapping", self.refused(ports=[1]))

    def test_a_city_that_is_not_listed_is_refused(self) -> None:
        self.assertIn('city "semarang" is not among cities', self.refused(city="semarang"))

    def test_an_unknown_member_is_told_with_the_known_ones(self) -> None:
        with self.assertRaisesRegex(OperationError, "jakarta-core-0, jakarta-core-1"):
            settings().member("core-0")


if __name__ == "__main__":
    unittest.main()
