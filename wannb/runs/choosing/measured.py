"""The figures of a run's clips, beside the base's clip of the same wish and the clips that were trained on."""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from wannb.data.figures import Figures, colour_likeness, drift, figures, motion_likeness
from wannb.data.figures.training import of_training
from wannb.data.video import probe, read_frames
from wannb.runs.clips.shelf import Shelf
from wannb.runs.clips.wish import Wish
from wannb.runs.run import Run


@dataclass(frozen=True)
class Measured:
    """drift: per cent of full scale from the base's clip; None for the base's own, and where that is not made yet.
    The likenesses, per cent, are to the training clips; None where there is nothing to be like."""

    figures: Figures
    drift: float | None
    motion_likeness: float | None
    colour_likeness: float | None

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers under the names of `wannb.data.figures.NAMES`, and `palette`."""
        beside = {name: getattr(self, name) for name in ("drift", "motion_likeness", "colour_likeness")}
        rounded = {name: None if one is None else round(one, 1) for name, one in beside.items()}
        return self.figures.to_dict() | rounded


class Measures:
    """The clips of `run`, measured when they are asked for and remembered until their file changes."""

    def __init__(self, run: Run) -> None:
        self.run, self._shelf = run, Shelf(run)

    @cached_property
    def training(self) -> tuple[Figures, ...]:
        """The figures of the clips that are trained on, as training sees them."""
        return of_training(self.run.config)

    def of(self, wish: Wish) -> Measured | None:
        """The figures of the clip that was wished for; None where it is not made yet."""
        mine = self.seen(wish)
        if mine is None:
            return None
        base = None if wish.key == wish.base.key else self.seen(wish.base)
        return Measured(
            mine,
            None if base is None else drift(mine, base),
            motion_likeness(mine, self.training),
            colour_likeness(mine, self.training),
        )

    def seen(self, wish: Wish) -> Figures | None:
        """The clip's own figures; None where it is not made yet."""
        clip = self._shelf.find(wish)
        return None if clip is None else of_video(clip.video, wish.fps)


def of_video(path: Path, fps: float) -> Figures:
    """The figures of a whole clip, remembered until the file changes."""
    stat = path.stat()
    return _of_video(path, fps, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=1024)
def _of_video(path: Path, fps: float, mtime_ns: int, size: int) -> Figures:
    return figures(read_frames(path, range(probe(path).frames)), fps)
