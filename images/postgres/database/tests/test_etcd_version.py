import unittest
from typing import Any

from database.etcd_version import of_server


def handle(self: object, response: Any) -> Any:
    return response


class EtcdVersionTest(unittest.TestCase):
    def test_a_cluster_that_waits_for_a_member_is_spoken_to_as_its_servers_are(self) -> None:
        answer = of_server(handle)(None, {"etcdserver": "3.6.16", "etcdcluster": "3.0.0"})
        self.assertEqual(answer, {"etcdserver": "3.6.16", "etcdcluster": "3.6.16"})

    def test_other_answers_stay_as_they_are(self) -> None:
        for answer in ({"header": {"revision": "5"}}, {}, "ok"):
            self.assertEqual(of_server(handle)(None, answer), answer)

    def test_another_reading_is_refused(self) -> None:
        with self.assertRaisesRegex(RuntimeError, "takes .*body.*; look at it again"):
            of_server(lambda self, body: body)


if __name__ == "__main__":
    unittest.main()
