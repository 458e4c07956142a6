"""Half-written files that a killed process left in a run directory; cleared by the next one that holds it."""

import re

from wannb.runs import state
from wannb.runs.rundir import RunDir

_UNFINISHED = re.compile(r"\..+\.[a-z0-9_]{8}\.[a-z0-9]+")
"""The names that `wannb.files.replacing` writes to before it renames."""


def clear(run: RunDir) -> None:
    """Remove unfinished files and states; only the process that holds the run may do so."""
    for folder in (run.path, run.checkpoints, run.previews, *run.previews.glob("*")):
        for file in folder.glob(".*") if folder.is_dir() else ():
            if file.is_file() and _UNFINISHED.fullmatch(file.name):
                file.unlink()
    state.clear_unfinished(run.state)
