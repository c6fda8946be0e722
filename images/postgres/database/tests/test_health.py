import json
import unittest
from contextlib import redirect_stdout
from io import StringIO

from database.errors import Unreachable
from database.etcd import Etcd, encode
from database.health import Health, health
from database.patroni import Patroni
from database.tests.support import FakeClient, settings
from database.tests.test_reconcile import members, sound
from database.web import Answer


def kept(*members: str) -> str:
    return json.dumps({"kvs": [{"value": encode(json.dumps(members))}]})


class HealthTest(unittest.TestCase):
    def health_with(self, held: str | Unreachable) -> tuple[int, str]:
        def keys(body: dict[str, str]) -> Answer:
            if body["key"] != encode("/operations/nusantara/hold"):
                return Answer(200, "{}")
            if isinstance(held, Unreachable):
                raise held
            return Answer(200, held)

        client = FakeClient({**sound, ("POST", "kv/range"): keys, ("GET", "/cluster"): members()})
        text = StringIO()
        with redirect_stdout(text):
            result = health(settings(), Patroni(settings(), client), Etcd(settings(), client, lambda *_: []), False)
        return result, text.getvalue()

    def test_names_a_hold_that_somebody_has_left(self) -> None:
        result, text = self.health_with(kept())
        self.assertEqual(result, Health.DEGRADED)
        self.assertIn("a hold is set: only nobody may start", text)
        self.assertIn("only jakarta-core-0 may start", self.health_with(kept("jakarta-core-0"))[1])

    def test_is_not_disturbed_where_there_is_none_or_nobody_can_tell(self) -> None:
        for answer in ("{}", Unreachable("away")):
            result, text = self.health_with(answer)
            self.assertEqual((result, "hold" in text), (Health.HEALTHY, False))
