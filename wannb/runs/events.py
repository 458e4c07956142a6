"""`events.jsonl`: what happened to a run, in order, across resumes: started, saved, switched, warned, stopped, died."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from wannb.runs.lines import LineWriter, read_lines


class Events:
    """Appends to a run's `events.jsonl`; times are UTC, ISO 8601."""

    def __init__(self, path: Path):
        self._lines = LineWriter(path)

    def add(self, event: str, step: int, **facts: Any) -> None:
        time = datetime.now(UTC).isoformat(timespec="milliseconds")
        self._lines.append({"time": time, "event": event, "step": step, **facts})

    def close(self) -> None:
        self._lines.close()


def read(path: Path) -> list[dict[str, Any]]:
    """Return the events, oldest first."""
    return read_lines(path)
