"""What a clip looks like, in numbers small enough to keep: made by one pass over its frames."""

from dataclasses import dataclass, replace

import numpy as np

from wannb.data.looks.signature import Signature

Box = tuple[int, int, int, int]


@dataclass(frozen=True, eq=False)
class Look:
    """Frames are counted as the probe counts them; the picture is upright.

    motion: [F - 1] how much a frame differs from the one before it, in grey levels of 255 where it differs most.
    brightness: [F] mean grey level, 0 to 255.  cuts: the first frame of each new scene.
    still_start, still_end: frames at either end in which nothing moves. A clip in which nothing moves at all is
    `still`: its `still_start` is all its frames and its `still_end` 0.
    black: runs (first, stop) of black frames.  box: (x0, y0, x1, y1) of the picture inside bars, in source pixels.
    """

    frames: int
    fps: float
    motion: np.ndarray
    brightness: np.ndarray
    cuts: tuple[int, ...] = ()
    still_start: int = 0
    still_end: int = 0
    black: tuple[tuple[int, int], ...] = ()
    box: Box | None = None
    signature: Signature | None = None

    @property
    def energy(self) -> float:
        """Mean motion."""
        return float(self.motion.mean()) if len(self.motion) else 0.0

    @property
    def still(self) -> bool:
        """Whether nothing moves from the first frame to the last; a single frame is a picture, and not still."""
        return self.frames > 1 and self.still_start >= self.frames

    @property
    def moving(self) -> tuple[int, int]:
        """(first, stop) of what is left without black and still frames at either end; all of it where nothing is."""
        first, stop = self.still_start, self.frames - self.still_end
        for run in self.black:
            first = max(first, run[1]) if run[0] <= first else first
        for run in reversed(self.black):
            stop = min(stop, run[0]) if run[1] >= stop else stop
        return (first, stop) if first < stop else (0, self.frames)

    def part(self, first: int, stop: int, crop: Box | None = None) -> "Look":
        """Of the frames `first` to `stop` (outside), seen through `crop`, as if that were a clip of its own."""
        frames = stop - first
        still_start = min(max(0, self.still_start - first), frames)
        still_end = 0 if self.still else max(0, self.still_end - (self.frames - stop))
        if still_end >= frames:
            still_start, still_end = frames, 0
        runs = ((max(a, first) - first, min(b, stop) - first) for a, b in self.black)
        return replace(
            self,
            frames=frames,
            motion=self.motion[first : stop - 1],
            brightness=self.brightness[first:stop],
            cuts=tuple(cut - first for cut in self.cuts if first < cut < stop),
            still_start=still_start,
            still_end=still_end,
            black=tuple(run for run in runs if run[0] < run[1]),
            box=_inside(self.box, crop),
            signature=self.signature.part(first, stop) if self.signature else None,
        )


def _inside(box: Box | None, crop: Box | None) -> Box | None:
    """`box` in the pixels of `crop`, None where no bar is left."""
    if box is None or crop is None:
        return box
    x0, y0, x1, y1 = crop
    left = (max(box[0], x0) - x0, max(box[1], y0) - y0, min(box[2], x1) - x0, min(box[3], y1) - y0)
    whole = (0, 0, x1 - x0, y1 - y0)
    return left if left != whole and left[0] < left[2] and left[1] < left[3] else None
