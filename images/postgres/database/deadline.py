"""Waiting with an end."""

import time
from collections.abc import Callable


class Deadline:
    """
    A moment until which something may be waited for.

    `seconds` counts from now. `clock` and `sleep` are for tests.
    """

    def __init__(
        self,
        seconds: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._start = clock()
        self.seconds = seconds

    def left(self) -> float:
        """Seconds that are left, never less than 0."""
        return max(0.0, self._start + self.seconds - self._clock())

    def over(self) -> bool:
        return self.left() == 0

    def part(self, seconds: float) -> "Deadline":
        """A deadline for a step within this one."""
        return Deadline(min(seconds, self.left()), self._clock, self._sleep)

    def pause(self, seconds: float = 2.0) -> None:
        """Sleeps, but not beyond the end."""
        self._sleep(min(seconds, max(self.left(), 0.05)))
