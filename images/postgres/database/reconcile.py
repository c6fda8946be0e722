"""The one hand of a city: brings the running cluster to what is configured, a member at a time."""

import socket
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from database import configuration
from database.deadline import Deadline
from database.errors import OperationError, Unreachable
from database.etcd import Etcd, unreachable
from database.health import missing
from database.hold import new_key
from database.kubernetes import Kubernetes
from database.lock import Lock, one_hand
from database.observation import Observation
from database.output import say
from database.patroni import Patroni
from database.rolling import (
    Done,
    ReplacePod,
    Restart,
    Step,
    Switchover,
    View,
    Wait,
    needs_roll,
    next_step,
)
from database.settings import Settings
from database.sql import run_file

# Of the same step at the same member in one run. More means that the step doesn't help.
attempts = 2

# Seconds that a member of another city which is down or lags may keep the own one from going on.
elsewhere_patience = 60.0


def _name(step: Step) -> str:
    """What is tried, for its count."""
    if isinstance(step, ReplacePod):
        return f"replacing pod {step.pod.name}"
    name = f"{type(step).__name__} {getattr(step, 'member', getattr(step, 'candidate', ''))}"
    # One parameter may be raised and another one lowered.
    return f"{name} ({step.reason})" if isinstance(step, Restart) else name


class Reconciliation:
    """One run. `run_roles` is for tests."""

    def __init__(
        self,
        settings: Settings,
        patroni: Patroni,
        etcd: Etcd,
        kubernetes: Kubernetes,
        deadline: Deadline,
        run_roles: Callable[..., None] = run_file,
    ) -> None:
        self._settings = settings
        self._patroni = patroni
        self._etcd = etcd
        self._kubernetes = kubernetes
        self._observation = Observation(settings, patroni, etcd, kubernetes)
        self._deadline = deadline
        self._run_roles = run_roles
        self._done: Counter[str] = Counter()
        self._waited_for: dict[str, Deadline] = {}
        self._left_out: set[str] = set()

    def run(self) -> None:
        """:raises OperationError: when the city is not healthy in time, with what is missing."""
        if not self._wait_for_quorum():
            return
        self._wait_for_leader()
        # It was for this cluster to begin: the next one that has lost everything looks for backups again.
        self._etcd.delete(new_key(self._settings))
        self._apply_configuration()
        self._apply_roles()
        self._roll()
        self._wait_for_health()

    def _wait_for_quorum(self) -> bool:
        """Whether there is one. False only where there can't be: in the first city before the second."""
        said = ""
        while not self._etcd.has_quorum():
            statuses = self._etcd.statuses()
            own, others = statuses[0], statuses[1:]
            first = self._settings.cities[0].name == self._settings.city
            if first and not any(self._etcd.resolves(status.host) for status in others):
                trouble = self._observation.trouble()
                if not trouble and self._etcd.listens(own.host):
                    say("waits for a second city: etcd has no quorum before, and PostgreSQL starts with it")
                    return False
                reasons = trouble or [f"etcd of {own.host.city}: {own.problem}"]
            else:
                reasons = unreachable(statuses) or ["etcd is electing a leader"]
            if self._deadline.over():
                raise OperationError(f"etcd has no quorum: {'; '.join(reasons)}")
            if "; ".join(reasons) != said:
                said = "; ".join(reasons)
                say(f"waits for a quorum of etcd: {said}")
            self._deadline.pause()
        say("etcd has a quorum")
        return True

    def _wait_for_leader(self) -> None:
        said = ""
        while True:
            try:
                leader = self._patroni.cluster().leader
                if leader is not None and leader.state == "running":
                    say(f"{leader.name} is primary")
                    return
                reason = "the cluster has no primary" if leader is None else f"{leader.name} is {leader.state}"
            except Unreachable as error:
                reason = str(error)
            trouble = "; ".join(self._observation.trouble())
            if self._deadline.over():
                raise OperationError(f"{reason}{f'; {trouble}' if trouble else ''}")
            if (trouble or "waits for a primary") != said:
                said = trouble or "waits for a primary"
                say(said if said == "waits for a primary" else f"waits for a primary; {trouble}")
            self._deadline.pause()

    def _apply_configuration(self) -> None:
        desired = self._settings.dynamic_configuration
        if not desired:
            return
        for _ in range(3):
            current = self._patroni.configuration()
            change = configuration.patch(current, desired)
            if not change:
                say("the dynamic configuration is as it should be")
                # Another city may have changed it a moment ago.
                self._patroni.settle()
                return
            for line in configuration.describe(current, change):
                say(f"  {line}")
            try:
                self._patroni.patch_configuration(change)
            except OperationError as error:
                if "status 409" not in str(error):
                    raise
                say("somebody else changed it at the same moment; looks again")
                continue
            say("changed the dynamic configuration")
            # Which members have to restart is known when each has seen it.
            self._patroni.settle()
            return
        raise OperationError("the dynamic configuration is being changed by somebody else; run it again")

    def _apply_roles(self) -> None:
        path = self._settings.roles.file
        if path is None:
            return
        part = self._deadline.part(120)
        while True:
            try:
                self._run_roles(self._settings, self._patroni.leader(), path)
                say("the roles are as they should be")
                return
            except Unreachable as error:
                # A primary that was just promoted, or is being switched.
                if part.over():
                    raise OperationError(f"the roles could not be made: {error}") from error
                part.pause()

    def _roll(self) -> None:
        said = ""
        while True:
            try:
                view = self._view()
            except Unreachable as error:
                step: Step = Wait(str(error))
            else:
                if not needs_roll(view):
                    say("no member has to be rolled")
                    return
                if view.paused:
                    raise OperationError("the cluster is paused, so nothing is rolled; end it with: patronictl resume")
                step = next_step(view)
            if not isinstance(step, Wait | Done):
                refusal = self._take(step)
                if refusal is None:
                    said = ""
                    continue
                step = Wait(refusal)
            if isinstance(step, Wait):
                if step.elsewhere is not None and self._has_waited_for(step.elsewhere):
                    self._leave_out(step.elsewhere, step.reason)
                    continue
                if self._deadline.over():
                    raise OperationError(f"rolling stopped: {step.reason}")
                if step.reason != said:
                    said = step.reason
                    say(f"waits: {said}")
                self._deadline.pause()
            else:
                return

    def _view(self) -> View:
        view = self._observation.view()
        return replace(view, remote=[member for member in view.remote if member.city not in self._left_out])

    def _has_waited_for(self, city: str) -> bool:
        return self._waited_for.setdefault(city, self._deadline.part(elsewhere_patience)).over()

    def _leave_out(self, city: str, reason: str) -> None:
        """It may be for a later `up` of that city to mend it."""
        say(f"leaves {city} out, whose members have to restart by themselves: {reason}")
        self._left_out.add(city)

    def _take(self, planned: Step) -> str | None:
        """
        One step under the lock, held until the member is back. Others wait with it freed, so that no two cities
        wait for each other.

        :returns: why it can't be taken now.
        """
        patience = self._deadline.part(self._settings.timeouts.lock)
        with one_hand(self._settings, self._etcd, socket.gethostname(), patience) as lock:
            # Another city may have rolled, or something may have died, while this one waited.
            try:
                step = next_step(self._view())
            except Unreachable:
                return None
            if step != planned or not self._may_try(step):
                return None
            lock.assert_held()
            if isinstance(step, ReplacePod):
                refusal = self._replace(step, lock)
                if refusal is not None:
                    self._done[_name(step)] -= 1
                return refusal
            elif isinstance(step, Restart):
                self._restart(step, lock)
            elif isinstance(step, Switchover):
                say(f"makes {step.candidate} primary: {step.reason}")
                self._patroni.switchover(step.candidate, self._deadline.part(self._settings.timeouts.switchover))
                self._wait_for_city(lock, self._settings.city, f"{step.candidate} is primary")
        return None

    def _may_try(self, step: Step) -> bool:
        """
        Counts a step. False for one in another city that does not help, which is left out then.

        :raises OperationError: for one in the own city that does not help.
        """
        name = _name(step)
        self._done[name] += 1
        if self._done[name] <= attempts:
            return True
        failure = f"{name} did not help {attempts} times"
        city = self._settings.member(step.member).city if isinstance(step, Restart) else self._settings.city
        if city == self._settings.city:
            raise OperationError(f"{failure}; look at the log of that pod")
        self._leave_out(city, failure)
        return False

    def _restart(self, step: Restart, lock: Lock) -> None:
        say(f"restarts PostgreSQL of {step.member}: {step.reason}")
        member = self._settings.member(step.member)
        self._waited_for.pop(member.city, None)
        done = f"{step.member} is restarted"
        try:
            self._patroni.restart(member, min(self._settings.timeouts.member, 300))
        except OperationError as error:
            # An answer may be lost on the way, and Patroni refuses while it is at it: what counts is how the city is.
            say(str(error))
            done = f"no member of {member.city} is missing"
        self._patroni.settle(1)
        self._wait_for_city(lock, member.city, done)

    def _replace(self, step: ReplacePod, lock: Lock) -> str | None:
        if step.pod.name == self._settings.here.etcd.pod:
            self._hand_over_etcd()
        say(f"replaces pod {step.pod.name}: {step.reason}")
        lock.assert_held()
        # A node may be drained at the same time: then its eviction and this one count together.
        refusal = self._kubernetes.evict_pod(step.pod)
        if refusal is not None:
            return f"pod {step.pod.name} may not be evicted: {refusal}"
        part = self._deadline.part(self._settings.timeouts.member)
        while True:
            try:
                pod = self._kubernetes.pods().get(step.pod.name)
            except Unreachable:
                # The member is down: nobody else may take one down because of an answer that was lost.
                pod = None
            lock.assert_held()
            if pod is not None and pod.uid != step.pod.uid:
                break
            if part.over():
                raise OperationError(
                    f"pod {step.pod.name} was evicted and has not been made anew in {part.seconds:.0f} s"
                )
            part.pause()
        # The lock protects the whole time in which the member is down.
        self._wait_for_city(lock, self._settings.city, f"{step.pod.name} is back")
        return None

    def _hand_over_etcd(self) -> None:
        """An etcd leader that is moved before costs no election."""
        statuses = self._etcd.statuses()
        heirs = [status for status in statuses[1:] if status.problem is None]
        if statuses[0].leads and heirs:
            try:
                self._etcd.move_leader(statuses[0], heirs[0])
                say(f"etcd of {heirs[0].host.city} leads now")
            except OperationError as error:
                say(f"etcd keeps its leader until it stops: {error}")

    def _wait_for_city(self, lock: Lock, city: str, what: str) -> None:
        part = self._deadline.part(self._settings.timeouts.member)
        while True:
            lock.assert_held()
            try:
                left = self._observation.missing_of_touched(city)
            except Unreachable as error:
                left = [("Patroni", str(error))]
            if not left:
                say(what)
                return
            if part.over():
                raise OperationError(
                    f"{what}: not in {part.seconds:.0f} s; {'; '.join(f'{name}: {why}' for name, why in left)}"
                )
            part.pause()

    def _wait_for_health(self) -> None:
        said = ""
        while True:
            try:
                left = missing(self._settings, self._patroni, self._etcd, self._settings.city)
            except Unreachable as error:
                left = [("Patroni", str(error))]
            if not left:
                say(f"every member of {self._settings.city} is healthy")
                return
            if self._deadline.over():
                lines = "\n".join(
                    f"  {name}: {why}" for name, why in [*left, *((t, "") for t in self._observation.trouble())]
                )
                raise OperationError(f"{self._settings.city} is not healthy:\n{lines}")
            line = "; ".join(f"{name}: {why}" for name, why in left)
            if line != said:
                said = line
                say(f"waits: {line}")
            self._deadline.pause()
