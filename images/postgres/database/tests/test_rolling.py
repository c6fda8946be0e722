import itertools
import unittest
from dataclasses import replace

from database.kubernetes import Pod
from database.rolling import (
    Done,
    EtcdView,
    MemberView,
    ReplacePod,
    Restart,
    Step,
    Switchover,
    View,
    Wait,
    needs_roll,
    next_step,
)


def pod(name: str, revision: str = "new", deleting: bool = False) -> Pod:
    return Pod(name, f"uid-{name}-{revision}", revision, deleting, None)


def member(kind: str, ordinal: int, **changes: object) -> MemberView:
    base = MemberView(f"jakarta-{kind}-{ordinal}", kind, ordinal, False, None, pod(f"{kind}-{ordinal}"), "new")
    return replace(base, **changes)  # type: ignore[arg-type]


def old(kind: str, ordinal: int, **changes: object) -> MemberView:
    return member(kind, ordinal, pod=pod(f"{kind}-{ordinal}", "old"), **changes)


def view(*members: MemberView, etcd: EtcdView | None = None, **changes: object) -> View:
    base = View(members, etcd or EtcdView(None, (), pod("etcd-0"), "new"), True, ("jakarta-core-1", "bandung-core-0"))
    return replace(base, **changes)  # type: ignore[arg-type]


def reason(step: Step) -> str:
    assert not isinstance(step, Done)
    return step.reason


def sound(leader: int = 0) -> list[MemberView]:
    return [member("core", n, leader=n == leader) for n in (0, 1)] + [member("reporting", n) for n in (0, 1)]


class NextStepTest(unittest.TestCase):
    def replaced(self, step: Step) -> str:
        self.assertIsInstance(step, ReplacePod)
        assert isinstance(step, ReplacePod)
        return step.pod.name

    def test_nothing_to_do(self) -> None:
        self.assertEqual(next_step(view(*sound())), Done())
        self.assertFalse(needs_roll(view(*sound())))

    def test_reporting_first_then_replicas_then_a_switchover(self) -> None:
        everything = view(old("core", 0, leader=True), old("core", 1), old("reporting", 0), old("reporting", 1))
        self.assertEqual(self.replaced(next_step(everything)), "reporting-1")
        cores = view(old("core", 0, leader=True), old("core", 1), member("reporting", 0), member("reporting", 1))
        self.assertEqual(self.replaced(next_step(cores)), "core-1")
        primary = view(old("core", 0, leader=True), *sound()[1:])
        step = next_step(primary)
        self.assertIsInstance(step, Switchover)
        assert isinstance(step, Switchover)
        self.assertEqual(step.candidate, "jakarta-core-1")

    def test_the_primary_is_never_replaced_without_a_candidate(self) -> None:
        step = next_step(view(old("core", 0, leader=True), *sound()[1:], candidates=()))
        self.assertIsInstance(step, Wait)
        self.assertIn("no member could take over", reason(step))

    def test_waits_for_a_member_that_is_down(self) -> None:
        down = member("reporting", 0, problem="starting")
        step = next_step(view(*sound()[:2], down, old("reporting", 1)))
        self.assertEqual(step, Wait("jakarta-reporting-0: starting"))

    def test_waits_for_a_pod_that_is_being_made(self) -> None:
        for missing in (None, pod("reporting-0", deleting=True)):
            step = next_step(view(*sound()[:2], member("reporting", 0, pod=missing), old("reporting", 1)))
            self.assertIn("is being made", reason(step))

    def test_waits_for_the_controller(self) -> None:
        step = next_step(view(*[replace(entry, revision="") for entry in sound()]))
        self.assertIn("controller", reason(step))

    def test_a_broken_pod_of_the_old_template_goes_first(self) -> None:
        broken = old("core", 1, problem="not registered in Patroni")
        step = next_step(view(sound()[0], broken, old("reporting", 0), member("reporting", 1)))
        self.assertEqual(self.replaced(step), "core-1")

    def test_two_broken_ones_are_not_touched_while_one_is_of_the_new_template(self) -> None:
        step = next_step(
            view(
                sound()[0],
                old("core", 1, problem="stopped"),
                member("reporting", 0, problem="starting"),
                member("reporting", 1),
            )
        )
        self.assertIsInstance(step, Wait)

    def test_restarts_for_parameters(self) -> None:
        waiting = member("core", 1, pending_restart=True)
        self.assertIsInstance(next_step(view(sound()[0], waiting, *sound()[2:])), Restart)
        primary = member("core", 0, leader=True, pending_restart=True)
        self.assertIsInstance(next_step(view(primary, *sound()[1:])), Switchover)

    def test_lowering_what_standbys_need_begins_with_the_primary_in_place(self) -> None:
        primary = member("core", 0, leader=True, pending_restart=True, lowers_standby_minimum=True)
        replica = member("core", 1, pending_restart=True, lowers_standby_minimum=True)
        step = next_step(view(primary, replica, *sound()[2:]))
        self.assertEqual(getattr(step, "member", None), "jakarta-core-0")

    def test_etcd_is_last_and_only_while_the_others_are_healthy(self) -> None:
        etcd = EtcdView(None, (), pod("etcd-0", "old"), "new")
        self.assertEqual(self.replaced(next_step(view(*sound(), etcd=etcd))), "etcd-0")
        step = next_step(view(*sound(), etcd=replace(etcd, other_problems=("etcd of bandung: away",))))
        self.assertEqual(step, Wait("etcd has to be rolled, but etcd of bandung: away"))
        broken = replace(etcd, problem="sees no leader")
        self.assertEqual(self.replaced(next_step(view(*sound(), etcd=broken))), "etcd-0")
        hopeless = replace(broken, other_problems=("etcd of bandung: away",))
        self.assertIsInstance(next_step(view(*sound(), etcd=hopeless)), Wait)

    def test_nothing_is_taken_down_without_a_primary(self) -> None:
        self.assertEqual(
            next_step(view(old("core", 0), *sound()[1:], has_leader=False)), Wait("the cluster has no primary")
        )

    def test_from_any_mix_of_old_and_new_it_ends_with_one_down_at_a_time(self) -> None:
        """Follows the steps as a cluster would: every pod once, the primary never, at most one switchover."""
        for ages in itertools.product(("old", "new"), repeat=5):
            members = {
                f"{kind}-{n}": replace(entry, pod=pod(f"{kind}-{n}", age))
                for (kind, n), entry, age in zip(
                    (("core", 0), ("core", 1), ("reporting", 0), ("reporting", 1)), sound(), ages
                )
            }
            etcd = EtcdView(None, (), pod("etcd-0", ages[4]), "new")
            touched: list[str] = []
            switchovers = 0
            for _ in range(20):
                names = [
                    f"jakarta-{name}" for name, entry in members.items()
                    if name.startswith("core") and not entry.leader and not entry.outdated
                ]  # fmt: skip
                step = next_step(view(*members.values(), etcd=etcd, candidates=tuple(names)))
                if isinstance(step, Done):
                    break
                if isinstance(step, ReplacePod) and step.pod.name == "etcd-0":
                    touched.append("etcd-0")
                    etcd = replace(etcd, pod=pod("etcd-0"))
                elif isinstance(step, ReplacePod):
                    self.assertFalse(members[step.pod.name].leader)
                    touched.append(step.pod.name)
                    members[step.pod.name] = replace(members[step.pod.name], pod=pod(step.pod.name))
                elif isinstance(step, Switchover):
                    switchovers += 1
                    members = {
                        name: replace(entry, leader=entry.name == step.candidate) for name, entry in members.items()
                    }
                else:
                    self.fail(f"{ages}: {step}")
            else:
                self.fail(f"{ages}: no end")
            expected = [name for name, age in zip((*members, "etcd-0"), ages) if age == "old"]
            self.assertEqual(sorted(touched), sorted(expected))
            self.assertEqual(switchovers, 1 if ages[0] == "old" else 0)


if __name__ == "__main__":
    unittest.main()
