"""A lock over all cities: only one hand at a time takes members down."""

import json
import os
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Protocol

from database.deadline import Deadline
from database.errors import OperationError, Unreachable
from database.etcd import KeyExists
from database.output import say
from database.settings import Settings


class Leases(Protocol):
    """What the lock needs of etcd."""

    def grant(self, seconds: int) -> int: ...

    def keep_alive(self, lease: int) -> bool: ...

    def revoke(self, lease: int) -> None: ...

    def create(self, key: str, value: str, lease: int) -> None: ...


def one_hand(settings: Settings, etcd: Leases, who: str, deadline: Deadline) -> "Lock":
    """The lock of all who take members of the cluster down."""
    return Lock(etcd, f"/operations/{settings.cluster}/hand", f"{settings.city}: {who}", deadline)


class Lock:
    """
    A key with a lease, as a context.

    The lease lives `ttl` seconds without a sign of life, so a hand that dies frees the lock by itself. `assert_held`
    has to be called before every step that takes something down: it raises when the lease may have ended.
    """

    def __init__(
        self,
        etcd: Leases,
        key: str,
        holder: str,
        deadline: Deadline,
        ttl: int = 60,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._etcd = etcd
        self._key = key
        self._holder = holder
        self._deadline = deadline
        self._ttl = ttl
        self._clock = clock
        self._lease = 0
        self._confirmed = 0.0
        self._lost = False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._renew_forever, name="lock", daemon=True)

    def __enter__(self) -> "Lock":
        # The lease counts from before the request: etcd's own count can only have begun later.
        self._confirmed = self._clock()
        self._lease = self._etcd.grant(self._ttl)
        value = json.dumps({"holder": self._holder, "process": os.getpid(), "lease": self._lease})
        said = False
        try:
            while True:
                try:
                    self._etcd.create(self._key, value, self._lease)
                    break
                except KeyExists as found:
                    # It was made before, and the answer was lost on the way.
                    if str(found) == value:
                        break
                    if self._deadline.over():
                        raise OperationError(
                            f"the lock {self._key} is held by {found}; "
                            f"it was not freed in {self._deadline.seconds:.0f} s. "
                            "Look at that Job; its lock ends by itself a minute after the Job"
                        ) from found
                    if not said:
                        say(f"waits for the lock, held by {found}")
                        said = True
                    self._deadline.pause(5)
                    self.renew()
        except BaseException:
            self._release()
            raise
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)
        self._release()

    def renew(self) -> None:
        """One sign of life. A failure is not the end: the lease has time for another."""
        before = self._clock()
        try:
            if self._etcd.keep_alive(self._lease):
                self._confirmed = before
            else:
                self._lost = True
        except OperationError:
            pass

    def assert_held(self) -> None:
        """:raises OperationError: when the lock is lost, or may be before the next step is done."""
        margin = self._ttl / 4
        if self._lost or self._clock() - self._confirmed > self._ttl - margin:
            raise OperationError(
                "the lock in etcd is lost, so nothing more is taken down; what was begun goes on by itself. "
                "Run it again"
            )

    def _renew_forever(self) -> None:
        while not self._stop.wait(self._ttl / 6):
            self.renew()

    def _release(self) -> None:
        try:
            self._etcd.revoke(self._lease)
        except (OperationError, Unreachable):
            say(f"the lock could not be given back; it ends by itself in {self._ttl} s")
