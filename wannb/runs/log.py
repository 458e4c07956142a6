"""All that a run tells while it goes: metrics, validation, TensorBoard, events."""

import contextlib
import time
from typing import Any

from wannb.runs import metrics
from wannb.runs.events import Events
from wannb.runs.lines import LineWriter
from wannb.runs.rundir import RunDir
from wannb.runs.tensorboard import EventWriter

MEASURED = ("seconds", "time", "memory_gib")
"""What a row of the metrics has from a clock or from the system; all else follows from the job."""


class RunLog:
    """The open logs of a run that goes on after `step`: rows after it are dropped everywhere. `at` is the step of the
    last row."""

    def __init__(self, run: RunDir, step: int):
        self.at, self._warned = step, set()
        rows = metrics.truncate(run.metrics, step)
        self._validation = run.validation
        self.validations = metrics.truncate(run.validation, step) if run.validation.exists() else []
        self._norms = run.norms
        self._normed = {_which(row) for row in metrics.truncate(run.norms, step)} if run.norms.exists() else set()
        self._metrics = metrics.open_metrics(run.metrics)
        self._board = EventWriter(run.path, [*rows, *_timed(self.validations, rows)])
        self._events = Events(run.events)

    def step(self, row: dict[str, Any]) -> None:
        """Append one step's row."""
        row = {**row, "time": round(time.time(), 3)}
        self._metrics.append(row)
        self.at = row["step"]
        self._on_board(row)

    def validation(self, row: dict[str, Any]) -> None:
        """Append one row of `validation.jsonl`, which has no time: a run done anew writes the same file."""
        lines = LineWriter(self._validation)
        lines.append(row)
        lines.sync()
        lines.close()
        self.validations.append(row)
        self._on_board({**row, "time": time.time()})

    def norms(self, row: dict[str, Any]) -> None:
        """Append one row of `norms.jsonl`, unless it is there; a full disk does not end a run for its sake."""
        if _which(row) in self._normed:
            return
        self._normed.add(_which(row))
        try:
            lines = LineWriter(self._norms)
            lines.append(row)
            lines.close()
        except OSError as error:
            self.warn_once("norms", row["step"], f"The norms by block could not be written ({error}).")

    def event(self, event: str, step: int, **facts: Any) -> None:
        self._events.add(event, step, **facts)

    def tell(self, event: str, step: int, **facts: Any) -> None:
        """`event`, or nothing where the disk takes no more: for those who have something else to say."""
        with contextlib.suppress(OSError):
            self.event(event, step, **facts)

    def warn_once(self, about: str, step: int, message: str) -> None:
        """Say `message` unless something was said about the same before."""
        if about not in self._warned:
            self._warned.add(about)
            self.tell("warned", step, message=message)

    def sync(self) -> None:
        """Bring the metrics to the disk, before a state that counts on them."""
        self._metrics.sync()

    def close(self) -> None:
        for log in (self._metrics, self._board, self._events):
            log.close()

    def _on_board(self, row: dict[str, Any]) -> None:
        """TensorBoard's file is derived from the others: what it lacks a resume brings back."""
        try:
            self._board.append(row)
        except OSError as error:
            message = f"TensorBoard's file could not be written ({error}): it lacks rows until the run is resumed."
            self.warn_once("TensorBoard", row["step"], message)


def _which(row: dict[str, Any]) -> tuple[str, str, int]:
    """What tells one row of `norms.jsonl` from another; the frozen weights have one for each expert."""
    return row["of"], row["stage"], row["step"] if row["of"] == "delta" else 0


def _timed(validations: list[dict[str, Any]], rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give each measurement the time of its step, which the metrics know."""
    times = {row["step"]: row.get("time") for row in rows}
    return [{**row, "time": times.get(row["step"])} for row in validations]
