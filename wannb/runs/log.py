"""All that a run tells while it goes: metrics, validation, TensorBoard, events."""

import time
from typing import Any

from wannb.runs import metrics
from wannb.runs.events import Events
from wannb.runs.lines import LineWriter
from wannb.runs.rundir import RunDir
from wannb.runs.tensorboard import EventWriter


class RunLog:
    """The open logs of a run that goes on after `step`: rows after it are dropped everywhere."""

    def __init__(self, run: RunDir, step: int):
        rows = metrics.truncate(run.metrics, step)
        self._validation = run.validation
        self.validations = metrics.truncate(run.validation, step) if run.validation.exists() else []
        self._metrics = metrics.open_metrics(run.metrics)
        self._board = EventWriter(run.path, [*rows, *_timed(self.validations, rows)])
        self._events = Events(run.events)

    def step(self, row: dict[str, Any]) -> None:
        """Append one step's row."""
        row = {**row, "time": round(time.time(), 3)}
        self._metrics.append(row)
        self._board.append(row)

    def validation(self, row: dict[str, Any]) -> None:
        """Append one row of `validation.jsonl`, which has no time: a run done anew writes the same file."""
        lines = LineWriter(self._validation)
        lines.append(row)
        lines.sync()
        lines.close()
        self.validations.append(row)
        self._board.append({**row, "time": time.time()})

    def event(self, event: str, step: int, **facts: Any) -> None:
        self._events.add(event, step, **facts)

    def sync(self) -> None:
        """Bring the metrics to the disk, before a state that counts on them."""
        self._metrics.sync()

    def close(self) -> None:
        for log in (self._metrics, self._board, self._events):
            log.close()


def _timed(validations: list[dict[str, Any]], rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give each measurement the time of its step, which the metrics know."""
    times = {row["step"]: row.get("time") for row in rows}
    return [{**row, "time": times.get(row["step"])} for row in validations]
