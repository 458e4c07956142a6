"""`wannb.propose(run)`: the pair of LoRA files to take."""

import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from wannb.refusal import Refusal
from wannb.runs.bar import Bar
from wannb.runs.choosing.proposal import Proposal
from wannb.runs.choosing.rated import rated
from wannb.runs.clips.saved import pairs
from wannb.runs.clips.shelf import Shelf
from wannb.runs.clips.wish import Wish
from wannb.runs.run import Run

_POLL = 1.0
Progress = Callable[..., None]


def propose(run: Run | str | Path, make: bool = False, progress: Progress | None = None) -> Proposal:
    """Propose a pair of `run`'s LoRA files, with reasons and warnings, from clips, validation and the files themselves.

    With `make` clips that it lacks are rendered and waited for, `progress(phase, done, total)` or a bar showing how far
    that is. Raises Refusal where the run has no LoRA file yet.
    """
    run = run if isinstance(run, Run) else Run(run)
    steps = pairs(run)
    if not steps:
        raise Refusal(f"{run.path} has no LoRA files yet: train until the first Save Every.")
    shelf = Shelf(run)
    wishes = [Wish.of(sample, step, step) for step in [0, *steps] for sample in run.config.samples]
    missing = [wish for wish in wishes if shelf.find(wish) is None]
    if make and missing:
        with closing(Bar()) as bar:
            _make(shelf, missing, progress or bar)
        missing = [wish for wish in wishes if shelf.find(wish) is None]
    table = [row for row in rated(run, wishes) if row.high or row.low]
    if not table:
        reason = "No clip of a saved pair is made yet, so this is the newest pair."
        return Proposal(steps[-1], steps[-1], (reason,), missing=tuple(missing))
    best = table[0]
    reasons = (f"Its clips are most like the training clips: {best.learned or 0:.0f} %.",)
    return Proposal(best.high, best.low, reasons, (), tuple(table), tuple(missing))


def _make(shelf: Shelf, wishes: list[Wish], progress: Progress) -> None:
    """Order the clips and wait until each is made or refused."""
    shelf.order(wishes)
    while True:
        left = [wish for wish in wishes if shelf.find(wish) is None]
        refused = {one["key"] for one in shelf.progress() if one["state"] == "refused"}
        progress("rendering clips", len(wishes) - len(left), len(wishes))
        if all(wish.key in refused for wish in left):
            return
        time.sleep(_POLL)
