"""`progress.json`: what the training process is at, for readers elsewhere; replaced some times a second, never kept."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from wannb.files import write_lightly

OFTEN = 0.2
"""Seconds between two writings of one phase."""


class Told:
    """A progress (`caching.Progress`) that also leaves in `path` what it is told."""

    def __init__(self, path: Path, progress: Callable[..., None]):
        self._path, self._progress = path, progress
        self._facts: dict[str, Any] = {}
        self._at = 0.0

    def __call__(self, phase: str, done: int, total: int, **facts: Any) -> None:
        new = phase != self._facts.get("phase")
        self._facts = {"phase": phase, "done": done, "total": total}
        if new or done >= total or time.monotonic() - self._at > OFTEN:
            self._write()
        self._progress(phase, done, total, **facts)

    def _write(self) -> None:
        self._at = time.monotonic()
        try:
            write_lightly(self._path, json.dumps(self._facts | {"time": round(time.time(), 3)}))
        except OSError:  # a full disk is for the next save to tell
            return


def told(path: Path) -> dict[str, Any]:
    """Return `phase`, `done`, `total` and `time` (seconds since 1970) as last told; nothing where that is unknown."""
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        known = {"phase": str(facts["phase"]), "done": int(facts["done"]), "total": int(facts["total"])}
        return known | {"time": float(facts["time"])}
    except (OSError, ValueError, TypeError, KeyError):
        return {}
