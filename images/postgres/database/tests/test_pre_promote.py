import json
import tempfile
import unittest
from pathlib import Path
from typing import Any

from database.errors import OperationError, Unreachable
from database.etcd import Etcd, decode, encode
from database.pre_promote import histories, prefix, reserve, skipped, timeline_in
from database.tests.support import FakeClient, settings

leader = f"/service/{settings().cluster}/leader"


def control(timeline: int) -> str:
    return f"Latest checkpoint's TimeLineID:       {timeline}\nMin recovery ending loc's timeline:   {timeline}\n"


class FakeEtcd(FakeClient):
    """Keys and values, as far as they are read, compared and written here."""

    def __init__(self, keys: dict[str, str]) -> None:
        super().__init__({("POST", "kv/range"): self.range, ("POST", "kv/txn"): self.transaction})
        self.keys = keys

    def range(self, body: dict[str, str]) -> str:
        first, end = decode(body["key"]), decode(body.get("range_end", ""))
        found = [key for key in sorted(self.keys) if key == first or (end and first <= key < end)]
        return json.dumps({"kvs": [{"key": encode(key), "value": encode(self.keys[key])} for key in found]})

    def transaction(self, body: dict[str, Any]) -> str:
        for compare in body["compare"]:
            key = decode(compare["key"])
            if compare["target"] == "CREATE" and key in self.keys:
                return "{}"
            if compare["target"] == "VALUE" and self.keys.get(key) != decode(compare["value"]):
                return "{}"
        for request in body["success"]:
            if "request_put" in request:
                self.keys[decode(request["request_put"]["key"])] = decode(request["request_put"]["value"])
            else:
                first, end = (decode(request["request_delete_range"][each]) for each in ("key", "range_end"))
                self.keys = {key: value for key, value in self.keys.items() if not first <= key < end}
        return json.dumps({"succeeded": True})

    @property
    def reserved(self) -> dict[int, str]:
        own = prefix(settings())
        return {int(key.removeprefix(own), 16): value for key, value in self.keys.items() if key.startswith(own)}


def reserved(**holders: str) -> dict[str, str]:
    """Keys of timelines that were given out, `_3="bandung-core-0"`."""
    return {f"{prefix(settings())}{int(number[1:]):08X}": holder for number, holder in holders.items()}


class Reserve(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.data = Path(directory.name)
        self.wal = self.data / "pg_wal"
        self.wal.mkdir()

    def reserve(self, etcd: FakeEtcd, member: str = "surabaya-core-0", timeline: int = 2) -> int:
        return reserve(settings(), Etcd(settings(), etcd), member, self.data, lambda: control(timeline))

    def test_the_first_number_without_a_history_is_taken(self) -> None:
        (self.wal / "00000002.history").write_text("1\t0/5000000\tpromoted\n")
        etcd = FakeEtcd({leader: "surabaya-core-0"})
        self.assertEqual(self.reserve(etcd), 3)
        self.assertEqual(etcd.reserved, {3: "surabaya-core-0"})
        self.assertEqual(histories(self.wal), {2})

    def test_a_number_that_another_one_took_unheard_is_passed_over(self) -> None:
        etcd = FakeEtcd({leader: "surabaya-core-0", **reserved(_3="bandung-core-0")})
        self.assertEqual(self.reserve(etcd), 4)
        self.assertEqual(etcd.reserved, {3: "bandung-core-0", 4: "surabaya-core-0"})
        placeholder = (self.wal / "00000003.history").read_text()
        self.assertIn("bandung-core-0", placeholder)
        # A line that is no comment would be an ancestor, and standbys would follow it.
        self.assertTrue(all(line.startswith("#") for line in placeholder.splitlines()))

    def test_a_history_that_came_is_kept(self) -> None:
        history = self.wal / "00000003.history"
        history.write_text("2\t0/6000000\tpromoted\n")
        self.assertEqual(self.reserve(FakeEtcd({leader: "surabaya-core-0", **reserved(_3="bandung-core-0")})), 4)
        self.assertEqual(history.read_text(), "2\t0/6000000\tpromoted\n")

    def test_numbers_of_the_past_are_forgotten(self) -> None:
        etcd = FakeEtcd({leader: "surabaya-core-0", **reserved(_2="jakarta-core-0", _4="bandung-core-0")})
        self.assertEqual(self.reserve(etcd, timeline=4), 5)
        self.assertEqual(etcd.reserved, {4: "bandung-core-0", 5: "surabaya-core-0"})

    def test_who_has_lost_the_lead_gets_none(self) -> None:
        etcd = FakeEtcd({leader: "bandung-core-0"})
        with self.assertRaisesRegex(OperationError, "surabaya-core-0 is not promoted: bandung-core-0 has the lead"):
            self.reserve(etcd)
        self.assertEqual(etcd.reserved, {})

    def test_a_number_that_is_taken_meanwhile_is_not_taken_twice(self) -> None:
        etcd = FakeEtcd({leader: "surabaya-core-0"})
        answer = etcd.transaction
        late = reserved(_3="bandung-core-0")

        def first(body: dict[str, Any]) -> str:
            etcd.answers[("POST", "kv/txn")] = answer
            etcd.keys |= late
            return answer(body)

        etcd.answers[("POST", "kv/txn")] = first
        self.assertEqual(self.reserve(etcd), 4)

    def test_without_etcd_nobody_is_promoted(self) -> None:
        client = FakeClient({("POST", "kv/range"): Unreachable("away")})
        with self.assertRaisesRegex(Unreachable, "no etcd member can answer"):
            reserve(settings(), Etcd(settings(), client), "surabaya-core-0", self.data, lambda: control(2))


class Arithmetic(unittest.TestCase):
    def test_the_newest_timeline_of_a_control_file(self) -> None:
        self.assertEqual(timeline_in(control(7)), 7)
        self.assertEqual(timeline_in("Latest checkpoint's TimeLineID: 2\nMin recovery ending loc's timeline: 3\n"), 3)
        with self.assertRaises(OperationError):
            timeline_in("pg_control version number: 1700\n")

    def test_gaps_up_to_the_newest_are_passed_over(self) -> None:
        self.assertEqual(skipped({2}, 2, []), [])
        self.assertEqual(skipped({2, 5}, 2, [6]), [3, 4, 6])
        self.assertEqual(skipped(set(), 1, [2]), [2])
