import json
import tempfile
import unittest
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from unittest.mock import patch

from database.deadline import Deadline
from database.errors import OperationError, Unreachable
from database.etcd import Etcd, decode, encode
from database.hold import MainFirst, _state, _why_not, await_start, forget_cluster, held, hold, main_patience, release
from database.patroni import Patroni
from database.settings import Settings
from database.tests.support import FakeClient, settings


class Keys:
    """Keys of etcd behind its JSON gateway."""

    def __init__(self, **found: str) -> None:
        self.found = {f"/operations/nusantara/{name}": value for name, value in found.items()}

    def answers(self) -> dict[tuple[str, str], object]:
        return {
            ("POST", "kv/range"): self.range,
            ("POST", "kv/put"): self.put,
            ("POST", "deleterange"): self.delete,
        }

    def range(self, body: dict[str, str]) -> str:
        value = self.found.get(decode(body["key"]))
        return json.dumps({"kvs": [] if value is None else [{"value": encode(value)}]})

    def put(self, body: dict[str, str]) -> str:
        self.found[decode(body["key"])] = decode(body["value"])
        return "{}"

    def delete(self, body: dict[str, str]) -> str:
        return json.dumps({"deleted": str(int(self.found.pop(decode(body["key"]), None) is not None))})


def etcd(keys: Keys) -> Etcd:
    return Etcd(settings(), FakeClient(keys.answers()))


class HoldTest(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.data = Path(directory.name) / "data"
        self.data.mkdir()
        self.settings: Settings = settings()

    def why(
        self,
        keys: Keys | Etcd,
        member: str = "jakarta-core-0",
        backups: int = 0,
        main_runs: bool = True,
        room: int = 2**30,
        was_held: bool = False,
        settled: bool = True,
    ) -> str | None:
        source = etcd(keys) if isinstance(keys, Keys) else keys
        wanted = self.settings.member(member)
        return _why_not(
            self.settings, source, wanted, self.data, lambda: backups, lambda _: main_runs, room, was_held, settled
        )

    def quietly(self, action: str, keys: Keys, member: str | None = None) -> None:
        with redirect_stdout(StringIO()):
            if action == "hold":
                hold(self.settings, etcd(keys))
            else:
                release(self.settings, etcd(keys), member, new=False)

    def test_a_member_without_room_waits_for_it(self) -> None:
        reason = self.why(Keys(), room=2**25 - 1)
        self.assertIsNotNone(reason)
        self.assertIn("grow its claim", reason or "")
        self.assertIsNone(self.why(Keys(), room=2**25))

    def test_a_hold_with_exceptions(self) -> None:
        keys = Keys()
        self.quietly("hold", keys)
        self.assertIn("a hold is set", self.why(keys) or "")
        self.quietly("release", keys, "jakarta-core-0")
        self.assertIsNone(self.why(keys))
        self.assertIn("a hold is set", self.why(keys, "jakarta-core-1") or "")
        self.quietly("release", keys)
        self.assertIsNone(self.why(keys, "jakarta-core-1"))
        self.assertFalse(held(None, "a"))

    def test_a_cluster_does_not_begin_empty_where_backups_are(self) -> None:
        self.assertIn("its backups are there", self.why(Keys(), backups=1) or "")
        self.assertIsNone(self.why(Keys(new="true"), backups=1))
        self.assertIsNone(self.why(Keys(), backups=0))
        # Others wait for a leader anyway.
        self.assertIsNone(self.why(Keys(), "bandung-core-0", backups=1))
        (self.data / "PG_VERSION").touch()
        self.assertIsNone(self.why(Keys(), backups=1))

    def test_members_without_data_begin_after_the_one_that_they_follow(self) -> None:
        initialized = Keys()
        initialized.found["/service/nusantara/initialize"] = "1"
        for keys in (Keys(), initialized):
            waiting = self.why(keys, "bandung-core-1", main_runs=False)
            self.assertEqual(waiting, "bandung-core-0 has to run first, which this member will follow")
            self.assertIsNone(self.why(keys, "bandung-core-1"))
            self.assertIsNone(self.why(keys, "bandung-core-0", main_runs=False))
        (self.data / "PG_VERSION").touch()
        self.assertIsNone(self.why(Keys(), "bandung-core-1", main_runs=False))

    def test_a_main_member_is_what_its_patroni_says(self) -> None:
        main = self.settings.member("bandung-core-0")
        client = FakeClient({("GET", "bandung.internal:8008/patroni"): json.dumps({"state": "creating replica"})})
        self.assertEqual(_state(Patroni(self.settings, client), main), "creating replica")
        away = FakeClient({("GET", "/patroni"): Unreachable("away")})
        self.assertIsNone(_state(Patroni(self.settings, away), main))

    def test_followers_wait_for_a_main_that_copies_and_not_for_one_that_does_not_come(self) -> None:
        now, state = 0.0, None
        first = MainFirst(lambda: state, lambda: Deadline(main_patience, lambda: now))
        # Nobody can copy anything yet: the time does not count.
        now = 10 * main_patience
        self.assertFalse(first(False))
        self.assertFalse(first(True))
        now += main_patience - 1
        self.assertFalse(first(True))
        state = "creating replica"
        now += 10 * main_patience
        self.assertFalse(first(True))
        state = "running"
        self.assertTrue(first(True))
        state = "stopped"
        self.assertFalse(first(True))
        now += main_patience
        self.assertTrue(first(True))

    def test_half_a_restore_does_not_start(self) -> None:
        (self.data / "PG_VERSION").touch()
        (self.data.parent / "restore-in-progress").touch()
        self.assertIn("has not ended", self.why(Keys()) or "")

    def test_data_is_served_without_a_quorum(self) -> None:
        away = Etcd(self.settings, FakeClient({("POST", "kv/range"): Unreachable("away")}))
        self.assertIn("away", self.why(away) or "")
        (self.data / "PG_VERSION").touch()
        self.assertIsNone(self.why(away))
        self.assertIn("away", self.why(away, settled=False) or "")

    def test_a_new_pod_with_data_asks_for_a_while_before_it_starts_without_an_answer(self) -> None:
        (self.data / "PG_VERSION").touch()
        now = 0.0

        def sleep(seconds: float) -> None:
            nonlocal now
            now += seconds

        for answered_after, held_until, started in ((0, 0, 0), (10, 0, 10), (1e9, 0, 15), (10, 60, 60)):
            now = 0.0

            def answer(body: dict[str, str]) -> str:
                if now < answered_after:
                    raise Unreachable("away")
                return Keys(**({"hold": "[]"} if now < held_until else {})).range(body)

            source = Etcd(self.settings, FakeClient({**Keys().answers(), ("POST", "kv/range"): answer}))
            patient = patch("database.hold.Deadline", lambda seconds: Deadline(seconds, lambda: now, sleep))
            with patient, redirect_stdout(StringIO()):
                await_start(self.settings, Patroni(self.settings, FakeClient({})), source, "jakarta-core-0", self.data)
            self.assertEqual(now, started)

    def test_a_hold_that_was_met_does_not_end_because_nobody_can_be_asked(self) -> None:
        away = Etcd(self.settings, FakeClient({("POST", "kv/range"): Unreachable("away")}))
        (self.data / "PG_VERSION").touch()
        self.assertIn("a hold was set", self.why(away, was_held=True) or "")
        self.assertIsNone(self.why(Keys(), was_held=True))

    def test_the_cluster_is_not_forgotten_while_a_member_runs_or_without_a_hold(self) -> None:
        running = FakeClient({("GET", "jakarta.internal:8008/patroni"): "{}"})
        for member in ("bandung", "surabaya"):
            running.answers[("GET", f"{member}.internal:8008/patroni")] = Unreachable("away")
        with self.assertRaisesRegex(OperationError, "Patroni runs on jakarta-core-0"):
            forget_cluster(self.settings, Patroni(self.settings, running), etcd(Keys(hold="[]")))
        stopped = FakeClient({("GET", "/patroni"): Unreachable("connection refused")})
        with self.assertRaisesRegex(OperationError, "no hold is set"):
            forget_cluster(self.settings, Patroni(self.settings, stopped), etcd(Keys()))

    def test_the_cluster_is_not_forgotten_while_a_member_may_run_behind_a_cut_link(self) -> None:
        silent = FakeClient({("GET", "/patroni"): Unreachable("connection refused")})
        silent.answers = {("GET", "surabaya.internal:8008/patroni"): Unreachable("no answer in time"), **silent.answers}
        keys = Keys(hold="[]")
        with self.assertRaisesRegex(OperationError, "whether Patroni runs on surabaya-core-0, surabaya-core-1"):
            forget_cluster(self.settings, Patroni(self.settings, silent), etcd(keys))
        with redirect_stdout(StringIO()):
            forget_cluster(self.settings, Patroni(self.settings, silent), etcd(keys), ["surabaya"])


if __name__ == "__main__":
    unittest.main()
