"""Progress in a shell: one line that moves on a terminal, now and then a line in a log."""

import sys
import time
from typing import Any, TextIO

OFTEN, SELDOM = 0.2, 15.0  # seconds between updates: terminal, log


class ShellProgress:
    """Called as `progress(phase, done, total)`, while training with the step's metrics in `row`."""

    def __init__(self, out: TextIO | None = None):
        self.out = out or sys.stderr
        self.moving = self.out.isatty()
        self.phase, self.began, self.told = "", 0.0, 0.0

    def __call__(self, phase: str, done: int, total: int, row: dict[str, Any] | None = None, **facts: Any) -> None:
        now = time.monotonic()
        if phase != self.phase:
            self.phase, self.began, self.told, self.first = phase, now, 0.0, done
        if done < total and now - self.told < (OFTEN if self.moving else SELDOM):
            return
        self.told = now
        self._write(self._line(done, total, row, now), last=done >= total)

    def _line(self, done: int, total: int, row: dict[str, Any] | None, now: float) -> str:
        parts = [f"{self.phase} {done}/{total}"]
        if row:
            parts.append(f"{row['stage']} noise, loss {row['loss']:.4f}")
        if done > self.first and done < total:
            parts.append(f"{(now - self.began) / (done - self.first) * (total - done):.0f} s left")
        return " · ".join(parts)

    def _write(self, line: str, last: bool) -> None:
        if self.moving:
            self.out.write(f"\r\033[K{line}" + ("\n" if last else ""))
        else:
            self.out.write(line + "\n")
        self.out.flush()
