"""How long something goes on without getting anywhere."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager

_FIRST_WAIT, _LONGEST_WAIT = 0.2, 5.0


class Patience:
    """So many seconds from the last progress on, whether the server is away or hangs."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        """How much there is of it, when it is new."""
        self.renew()

    @property
    def left(self) -> float:
        """Seconds until its end."""
        return max(self._until - time.monotonic(), 0.0)

    def renew(self) -> None:
        """There was progress."""
        self._until = time.monotonic() + self.seconds
        self._wait = _FIRST_WAIT

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Leaves out what takes its time on this side."""
        begin = time.monotonic()
        try:
            yield
        finally:
            self._until += time.monotonic() - begin

    def once_more(self, at_least: float = 0.0) -> bool:
        """Waits before another attempt, longer each time and spread at random, and so many
        seconds `at_least`; false at its end.
        """
        left = self.left
        if left <= 0:
            return False
        time.sleep(min(left, max(at_least, self._wait * random.uniform(0.5, 1.0))))  # noqa: S311
        self._wait = min(self._wait * 2, _LONGEST_WAIT)
        return True
