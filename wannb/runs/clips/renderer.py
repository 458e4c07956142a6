"""`python -m wannb.runs.clips.renderer RUN`: makes the clips that are wanted of a run, one after the other.

A process of its own, so that nothing of a notebook waits for it; one at a time, by a lock that ends with the process.
It leaves when nothing was wanted for a while, or at SIGTERM; what it was making is then still wanted.
"""

import json
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from wannb.files import write_atomically
from wannb.refusal import Refusal
from wannb.runs import liveness
from wannb.runs.claim import locked
from wannb.runs.clips import orders, progress
from wannb.runs.clips.clip_dir import ClipDir
from wannb.runs.clips.orders import Order
from wannb.runs.clips.progress import At
from wannb.runs.clips.saved import files_of
from wannb.runs.interrupts import Interrupts, Stopped
from wannb.runs.run import Run

if TYPE_CHECKING:
    import numpy as np

    from wannb.runs.clips.making import Files, Maker

POLL = 0.2
"""Seconds between two looks for orders."""

PATIENCE = 60.0
"""Seconds without any after which it leaves."""

TRIES = 3
"""How many renderers may die at one clip until it is refused."""


class Cancelled(Exception):
    """Raised inside a clip that nobody wants any more."""


class Renderer:
    """The one that renders clips of `run`."""

    def __init__(self, run: Run, interrupts: Interrupts):
        self._run, self._clips, self._interrupts = run, ClipDir(run.path / "clips"), interrupts
        self._teller = progress.Teller(self._clips)
        self._died_at = progress.read(self._clips)  # where the last one was, had it no time to say that it leaves
        self._teller.rest()
        self._maker: Maker | None = None

    def work(self, patience: float) -> None:
        """Render what is wanted, until nothing was for `patience` seconds or the process is asked to leave."""
        rested = time.monotonic()
        while not self._interrupts.asked:
            wanted = orders.listed(self._clips)
            if wanted:
                self._make(wanted[0])
                rested = time.monotonic()
            elif time.monotonic() - rested > patience:
                return
            else:
                time.sleep(POLL)

    def _make(self, order: Order) -> None:
        """Make one clip, or write down why not; then it is not wanted any more, unless the process has to leave."""
        tries = self._tries(order)
        try:
            if tries > TRIES:
                raise Refusal(f"The renderer died {TRIES} times at this clip: {self._clips.log} may say why.")
            if order.wish.key != order.key:
                raise Refusal(f"The image {order.wish.image} is not the one that was ordered: order the clip anew.")
            self._render(order, tries)
        except (Stopped, Cancelled):
            pass
        except Exception as error:
            traceback.print_exc(file=sys.stderr)
            orders.refuse(self._clips, order.key, self._sentence(error, order))
        self._teller.rest()

    def _tries(self, order: Order) -> int:
        died, self._died_at = self._died_at, None
        return died.tries + 1 if died and died.key == order.key else 1

    def _render(self, order: Order, tries: int) -> None:
        began, wish = time.monotonic(), order.wish

        def heed(doing: str, step: int = 0) -> None:
            self._interrupts.check()
            if not orders.is_wanted(self._clips, order.key):
                raise Cancelled
            self._teller.tell(At(order.key, step, wish.steps, doing, tries))

        heed("starting")
        maker = self._ready(heed)
        files = files_of(self._run, wish)
        before = _times(files)
        frames = maker.frames(wish, files, lambda step: heed("decoding" if step >= wish.steps else "", step))
        heed("writing", wish.steps)
        if _times(files) != before:  # written anew meanwhile: the order stays, and is made with what is there now
            return
        self._store(order, frames, files, time.monotonic() - began)
        orders.done(self._clips, order.key)

    def _ready(self, heed: Callable[[str], None]) -> "Maker":
        """Return what clips are made with, after reading the texts of all that is wanted."""
        from wannb.runs.clips.making import Maker  # takes torch, whose import takes seconds

        if self._maker is None:
            self._maker = Maker(self._run.config)
        self._maker.heed = heed
        wanted = orders.listed(self._clips)
        self._maker.read(prompt for order in wanted for prompt in (order.wish.prompt, order.wish.negative))
        return self._maker

    def _store(self, order: Order, frames: "np.ndarray", files: "Files", seconds: float) -> None:
        from wannb.data import video_file

        names = {f"{expert}_file": file.name if file else None for expert, file in files.items()}
        model = self._maker.model
        facts = {
            **order.wish.to_dict(), **names, "key": order.key, "boundary": model.boundary, "shift": model.shift,
            "seconds": round(seconds, 2), "made": time.time(),
        }  # fmt: skip
        video_file.write_mp4(self._clips.video(order.key), frames, order.wish.fps, facts)
        video_file.write_poster(self._clips.poster(order.key), frames[0])
        write_atomically(self._clips.facts(order.key), json.dumps(facts, ensure_ascii=False, indent=1))

    def _sentence(self, error: Exception, order: Order) -> str:
        """Why a clip could not be made, for people."""
        from wannb.train import out_of_memory
        from wannb.train.device import release

        if isinstance(error, Refusal):
            return str(error)
        if out_of_memory.is_one(error):
            release()
            size = f"{order.wish.width}×{order.wish.height}×{order.wish.num_frames}"
            return (
                f"Out of memory at a clip of {size}: take a smaller size or fewer frames, set model.low_vram, or wait "
                "until nothing else is on the device."
            )
        return f"The clip could not be made ({type(error).__name__}: {error}): {self._clips.log} says more."


def render(run: Run, patience: float = PATIENCE) -> None:
    """Make what is wanted of `run` until nothing is any more; returns at once where another process does so."""
    clips = ClipDir(run.path / "clips")
    with Interrupts() as interrupts:
        while True:
            with locked(clips) as mine:
                if not mine:
                    return
                renderer = Renderer(run, interrupts)
                liveness.announce(clips)
                renderer.work(patience)
            if interrupts.asked or not orders.listed(clips):  # one who ordered before the lock was free started nobody
                return


def _times(files: "Files") -> dict[str, int | None]:
    """expert -> when its file was written (nanoseconds); None for the base, and for a file that is gone."""
    found: dict[str, int | None] = {}
    for expert, file in files.items():
        try:
            found[expert] = file.stat().st_mtime_ns if file else None
        except OSError:
            found[expert] = None
    return found


if __name__ == "__main__":
    render(Run(Path(sys.argv[1])))
