"""Half-written files that a killed process left in a run directory; cleared by the next one that holds it."""

import re
import time
from collections.abc import Iterable
from pathlib import Path

from wannb.runs import state
from wannb.runs.rundir import RunDir

ABANDONED = 24 * 3600.0
"""Seconds after which an unfinished file in a cache, which other runs may be writing to, is nobody's."""

_UNFINISHED = re.compile(r"\..+\.[a-z0-9_]{8}\.[a-z0-9]+|\.tmp[A-Za-z0-9]{6}")
"""The names that `wannb.files.replacing` writes to before it renames, and those of safetensors, which does so too."""


def clear(run: RunDir, cache: Path) -> None:
    """Remove the run's unfinished files and states, and abandoned ones of its cache folder; only the process that holds
    the run may do so."""
    for folder in (run.path, run.checkpoints, run.previews, *run.previews.glob("*")):
        for file in _unfinished(folder.glob(".*") if folder.is_dir() else ()):
            file.unlink()
    state.clear_unfinished(run.state)
    for file in _unfinished(cache.glob("*/*/.*")):
        if time.time() - file.stat().st_mtime > ABANDONED:
            file.unlink(missing_ok=True)


def _unfinished(files: Iterable[Path]) -> list[Path]:
    return [file for file in files if file.is_file() and _UNFINISHED.fullmatch(file.name)]
