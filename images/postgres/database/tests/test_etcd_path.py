import unittest
from typing import Any

from database.etcd_path import known


class Client:
    version_prefix = "/v3beta"
    _cluster_version: tuple[int, ...] = ()

    def _ensure_version_prefix(self, base_uri: str, **kwargs: Any) -> None:
        raise AssertionError("a server was asked")


class EtcdPathTest(unittest.TestCase):
    def test_no_server_is_asked_for_it(self) -> None:
        client = Client()
        known(Client._ensure_version_prefix)(client, "https://etcd-0.etcd.jakarta.internal:2379", timeout=1)
        self.assertEqual((client.version_prefix, client._cluster_version), ("/v3", (3, 4)))

    def test_another_choice_is_refused(self) -> None:
        with self.assertRaisesRegex(RuntimeError, "takes .*hosts.*; look at it again"):
            known(lambda self, hosts: None)


if __name__ == "__main__":
    unittest.main()
