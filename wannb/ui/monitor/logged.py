"""Another trainer's log beside ours."""

from pathlib import Path
from typing import Any

from wannb.runs.foreign import read_log
from wannb.ui.monitor.pictured import Answer, Pictured


class Logged:
    """A log that `read_log` reads, as it is when the monitor is opened; raises Refusal where there is none."""

    def __init__(self, path: Path) -> None:
        self.path, self.pictured = path, Pictured()
        self.pictured.add(read_log(path))

    @property
    def name(self) -> str:
        return self.path.name

    def answer(self, view: dict[str, Any], have: dict[str, Any], chosen: bool) -> Answer:
        news, buffers = self.pictured.answer(view, have, chosen)
        return news | {"events": 0, "new_events": [], "reading": 0.0}, buffers

    def look(self, patience: float | None = None) -> None:
        """Nothing is new in it."""
