import itertools
import unittest
from dataclasses import replace

from database.kubernetes import Pod
from database.rolling import (
    Done,
    EtcdView,
    MemberView,
    RemoteView,
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


def remote(name: str, **changes: object) -> RemoteView:
    city, kind, ordinal = name.split("-")
    return replace(RemoteView(name, city, kind, int(ordinal), None), **changes)  # type: ignore[arg-type]


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

    def test_raising_what_standbys_need_restarts_those_of_every_city_before_the_primary(self) -> None:
        primary = member("core", 0, leader=True, pending_restart=True, raises_standby_minimum=True)
        done = remote("bandung-core-0")
        waiting = remote("surabaya-core-0", raises_standby_minimum=True)
        own = member("core", 1, pending_restart=True, raises_standby_minimum=True)
        step = next_step(view(primary, own, *sound()[2:], remote=(done, waiting)))
        self.assertEqual(getattr(step, "member", None), "jakarta-core-1")
        step = next_step(view(primary, *sound()[1:], remote=(done, waiting)))
        self.assertEqual(getattr(step, "member", None), "surabaya-core-0")
        self.assertIsInstance(next_step(view(primary, *sound()[1:], remote=(done,))), Switchover)
        for first in (primary, old("core", 0, leader=True, pending_restart=True, raises_standby_minimum=True)):
            self.assertIsInstance(next_step(view(first, *sound()[1:], remote=(waiting,))), Restart)

    def test_takes_down_nobody_of_another_city_where_somebody_is_and_comes_to_that_city_last(self) -> None:
        primary = member("core", 0, leader=True, pending_restart=True, raises_standby_minimum=True)
        waiting = remote("surabaya-core-0", raises_standby_minimum=True)
        away = remote("surabaya-core-1", problem="not registered in Patroni")
        elsewhere = remote("bandung-core-1", raises_standby_minimum=True)
        step = next_step(view(primary, *sound()[1:], remote=(waiting, away, elsewhere)))
        self.assertEqual(getattr(step, "member", None), "bandung-core-1")
        alone = next_step(view(primary, *sound()[1:], remote=(waiting, away)))
        self.assertEqual(alone, Wait("surabaya-core-1: not registered in Patroni", "surabaya"))
        lowered = view(*sound(), remote=(remote("surabaya-core-0", lowers_standby_minimum=True), away))
        self.assertEqual(next_step(lowered), alone)
        self.assertIsInstance(next_step(view(primary, *sound()[1:], remote=())), Switchover)

    def test_of_another_city_too_reporting_members_come_first_and_the_main_one_last(self) -> None:
        names = ("surabaya-core-0", "surabaya-core-1", "surabaya-reporting-0")
        waiting = [remote(name, lowers_standby_minimum=True) for name in names]
        touched = []
        while waiting:
            step = next_step(view(*sound(), remote=waiting))
            assert isinstance(step, Restart)
            touched.append(step.member)
            waiting = [each for each in waiting if each.name != step.member]
        self.assertEqual(touched, ["surabaya-reporting-0", "surabaya-core-1", "surabaya-core-0"])

    def test_raising_one_and_lowering_another_raises_everybody_first(self) -> None:
        both = {"pending_restart": True, "raises_standby_minimum": True, "lowers_standby_minimum": True}
        primary, replica = member("core", 0, leader=True, **both), member("core", 1, **both)
        waiting = remote("surabaya-core-0", raises_standby_minimum=True, lowers_standby_minimum=True)
        step = next_step(view(primary, replica, *sound()[2:], remote=(waiting,)))
        self.assertEqual(getattr(step, "member", None), "jakarta-core-1")
        step = next_step(view(primary, *sound()[1:], remote=(waiting,)))
        self.assertEqual(getattr(step, "member", None), "surabaya-core-0")
        raised = remote("surabaya-core-0", lowers_standby_minimum=True)
        step = next_step(view(primary, *sound()[1:], remote=(raised,)))
        self.assertEqual(getattr(step, "member", None), "jakarta-core-0")

    def test_a_pause_leaves_other_cities_alone(self) -> None:
        waiting = remote("surabaya-core-0", lowers_standby_minimum=True)
        self.assertFalse(needs_roll(view(*sound(), remote=(waiting,), paused=True)))

    def test_lowering_ends_with_the_standbys_of_other_cities(self) -> None:
        waiting = remote("surabaya-core-0", lowers_standby_minimum=True)
        primary = member("core", 0, leader=True, pending_restart=True, lowers_standby_minimum=True)
        step = next_step(view(primary, *sound()[1:], remote=(waiting,)))
        self.assertEqual(getattr(step, "member", None), "jakarta-core-0")
        lowered = view(*sound(), remote=(waiting,))
        self.assertTrue(needs_roll(lowered))
        self.assertEqual(getattr(next_step(lowered), "member", None), "surabaya-core-0")
        elsewhere = view(member("core", 0), *sound()[1:], remote=(waiting,))
        self.assertFalse(needs_roll(elsewhere))
        self.assertEqual(next_step(elsewhere), Done())

    def test_parameters_of_other_cities_that_raise_nothing_are_left_to_them(self) -> None:
        primary = member("core", 0, leader=True, pending_restart=True)
        waiting = remote("surabaya-core-0", raises_standby_minimum=True)
        self.assertIsInstance(next_step(view(primary, *sound()[1:], remote=(waiting,))), Switchover)

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
