"""`LiveLoss`: a training's progress and loss, moving in the cell."""

import time
from typing import Any

import anywidget
import numpy as np
import traitlets

from wannb.ui.browser_files import joined
from wannb.ui.colours import COLOURS
from wannb.ui.smoothing import smoothed

EXPERTS = list(COLOURS)
OFTEN = 0.4  # seconds between updates: a kernel that is training must not spend itself on pictures


class LiveLoss(anywidget.AnyWidget):
    """Show it, then give it to `wannb.train` as `progress`: each expert's loss by step, what is done and what is left.

    It is fed from the main thread of the cell that trains, so it moves wherever widgets do, Colab included; where
    none do, nothing is printed and `loss_plot(run)` draws the same afterwards.
    """

    _esm = joined("dom.js", "loss_chart.js", "live_loss.js")
    _css = joined("live_loss.css")
    _rows = traitlets.Bytes(help="float32 [n, 4]: step, loss, smoothed loss, index of the expert").tag(sync=True)
    _status = traitlets.Dict().tag(sync=True)
    _colours = traitlets.Dict(COLOURS).tag(sync=True)

    def __init__(self) -> None:
        super().__init__()
        self.losses: dict[str, list[tuple[int, float]]] = {expert: [] for expert in EXPERTS}
        self._sent, self._phase, self._began, self._first = 0.0, "", 0.0, 0
        self._trained = 0, 1  # steps, of how many

    def __call__(self, phase: str, done: int, total: int, row: dict[str, Any] | None = None, **facts: Any) -> None:
        now = time.monotonic()
        if phase != self._phase:
            self._phase, self._began, self._first = phase, now, done
        if row:
            self.losses[row["stage"]].append((row["step"], row["loss"]))
            self._trained = done, total
        if done < total and now - self._sent < OFTEN:
            return
        self._sent = now
        left = (now - self._began) / (done - self._first) * (total - done) if done > self._first else None
        with self.hold_sync():
            self._rows = self._points()
            stage = row["stage"] if row else None
            if phase != "training" and done >= total and self._trained[0] >= self._trained[1]:
                phase, (done, total) = "done", self._trained  # the last step's previews are made
            self._status = {"phase": phase, "done": done, "total": total, "left": left, "stage": stage}

    def _points(self) -> bytes:
        points = []
        for index, expert in enumerate(EXPERTS):
            steps, losses = zip(*self.losses[expert], strict=True) if self.losses[expert] else ((), ())
            points += [(*point, index) for point in zip(steps, losses, smoothed(losses), strict=True)]
        return np.array(points, dtype="<f4").tobytes()

    def __repr__(self) -> str:
        status = self._status
        return f"LiveLoss({status['phase']} {status['done']}/{status['total']})" if status else "LiveLoss(waiting)"
