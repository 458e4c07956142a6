"""Undo: the job file's mappings as they were, one for each thing that was done."""

import copy
import time
from typing import Any

TOGETHER = 1.5  # seconds: what is typed into one field without a longer pause is one thing
MOST = 200


class History:
    """`now` is the present mapping; `keep` a new one after a change, `back` and `forth` return the one to go to."""

    def __init__(self, now: dict[str, Any]) -> None:
        self.now = copy.deepcopy(now)
        self._before: list[dict[str, Any]] = []
        self._after: list[dict[str, Any]] = []
        self._last: tuple[str, float] = ("", 0.0)

    @property
    def can_go_back(self) -> bool:
        return bool(self._before)

    @property
    def can_go_forth(self) -> bool:
        return bool(self._after)

    def keep(self, mapping: dict[str, Any], what: str = "") -> None:
        """Remember `mapping` as the present; with the same `what` soon after, it replaces what came before."""
        if mapping == self.now:
            return
        what_before, when = self._last
        self._last = (what, time.monotonic())
        if not (what and what == what_before and self._last[1] - when < TOGETHER and self._before):
            self._before = [*self._before[1 - MOST :], self.now]
        self.now, self._after = copy.deepcopy(mapping), []

    def back(self) -> dict[str, Any]:
        """Go to the mapping before the present one and return it; the present one where there is none."""
        if self._before:
            self._after.append(self.now)
            self.now = self._before.pop()
        self._last = ("", 0.0)
        return copy.deepcopy(self.now)

    def forth(self) -> dict[str, Any]:
        """Go to where `back` came from and return it."""
        if self._after:
            self._before.append(self.now)
            self.now = self._after.pop()
        self._last = ("", 0.0)
        return copy.deepcopy(self.now)
