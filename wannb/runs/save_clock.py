"""Saves by minutes: when the next state is due by the clock."""

import time
from collections.abc import Callable


class SaveClock:
    """Due when `minutes` have passed since the last save, or since the start; never with 0. `now` is in seconds."""

    def __init__(self, minutes: float, now: Callable[[], float] = time.monotonic):
        self._seconds, self._now = minutes * 60, now
        self.saved()

    def saved(self) -> None:
        """Begin to count anew."""
        self._since = self._now()

    def due(self) -> bool:
        return self._seconds > 0 and self._now() - self._since >= self._seconds
