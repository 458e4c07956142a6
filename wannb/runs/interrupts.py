"""Ctrl-C and `kill` while training: finish the step, save, leave. A second one leaves at once."""

import signal
import threading
from types import FrameType

ASKED = (signal.SIGINT, signal.SIGTERM)


class Stopped(Exception):
    """Raised inside a preview that need not be finished because the run was asked to stop."""


class Interrupts:
    """While entered, the first SIGINT or SIGTERM only sets `asked`; the second raises KeyboardInterrupt.

    Python delivers signals to the main thread alone; entered in another thread, nothing changes.
    """

    def __init__(self) -> None:
        self.asked: str | None = None
        self._before: dict[int, object] = {}

    def __enter__(self) -> "Interrupts":
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._note) for number in ASKED}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def check(self, *_: object) -> None:
        """Raise Stopped if the run was asked to stop."""
        if self.asked:
            raise Stopped

    def _note(self, number: int, _frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = signal.Signals(number).name
