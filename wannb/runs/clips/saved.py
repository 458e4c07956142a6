"""Which steps of a run have a LoRA file, by expert; read off names and headers alone, without torch."""

import json
import struct
from functools import lru_cache
from pathlib import Path

from wannb.refusal import Refusal
from wannb.runs.clips.wish import BASE, Wish
from wannb.runs.run import Run
from wannb.runs.whole import is_whole


def saved_steps(run: Run, expert: str) -> dict[int, Path]:
    """step -> the whole LoRA file of `expert` ("high" | "low"), ascending.

    The final file stands under the step in its header, where no other file has that step.
    """
    found = {step: run.dir.checkpoint(expert, step) for step in run.dir.checkpoint_steps()}
    found = {step: path for step, path in found.items() if _step_of_whole(path) is not None}
    final = run.dir.checkpoint(expert)
    last = _step_of_whole(final)
    if last:
        found.setdefault(last, final)
    return dict(sorted(found.items()))


def pairs(run: Run) -> list[int]:
    """The steps, ascending, that every expert which the run trains has a file of."""
    steps = [saved_steps(run, expert).keys() for expert in run.config.stages]
    return sorted(set(steps[0]).intersection(*steps[1:])) if steps else []


def files_of(run: Run, wish: Wish) -> dict[str, Path | None]:
    """Return expert -> the LoRA file that `wish` takes; None where it takes the base, or the run trains no such expert.
    Raises Refusal, naming those that exist, for a step without a file."""
    settled = wish.settled(tuple(run.config.stages))
    return {expert: _file(run, expert, getattr(settled, expert)) for expert in ("high", "low")}


def _file(run: Run, expert: str, step: int) -> Path | None:
    if step == BASE:
        return None
    found = saved_steps(run, expert)
    if step not in found:
        have = ", ".join(map(str, found)) or "none yet"
        raise Refusal(f"{run.path} has no {expert}-noise file of step {step}: there are {have}.")
    return found[step]


def _step_of_whole(path: Path) -> int | None:
    """The step in the header of a whole file (0: it names none), None for one that is cut off or gone."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return _read(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=4096)
def _read(path: Path, mtime_ns: int, size: int) -> int | None:
    if not is_whole(path):
        return None
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        step = (json.loads(file.read(length)).get("__metadata__") or {}).get("wannb.steps", "")
    return int(step) if step.isdigit() else 0
