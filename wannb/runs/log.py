"""All that a run tells while it goes: metrics, TensorBoard, events."""

import time
from typing import Any

from wannb.runs import metrics
from wannb.runs.events import Events
from wannb.runs.rundir import RunDir
from wannb.runs.tensorboard import EventWriter


class RunLog:
    """The open logs of a run that goes on after `step`: rows after it are dropped everywhere."""

    def __init__(self, run: RunDir, step: int):
        rows = metrics.truncate(run.metrics, step)
        self._metrics = metrics.open_metrics(run.metrics)
        self._board = EventWriter(run.path, rows)
        self._events = Events(run.events)

    def step(self, row: dict[str, Any]) -> None:
        """Append one step's row."""
        row = {**row, "time": round(time.time(), 3)}
        self._metrics.append(row)
        self._board.append(row)

    def event(self, event: str, step: int, **facts: Any) -> None:
        self._events.add(event, step, **facts)

    def sync(self) -> None:
        """Bring the metrics to the disk, before a state that counts on them."""
        self._metrics.sync()

    def close(self) -> None:
        for log in (self._metrics, self._board, self._events):
            log.close()
