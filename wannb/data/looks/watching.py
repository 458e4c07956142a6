"""One pass over a clip's frames, in bounded memory, from which its look is made."""

import av
import numpy as np
from av.video.reformatter import VideoReformatter

from wannb.data.decoding import display_matrix
from wannb.data.looks.bars import Bars
from wannb.data.looks.black import is_black, runs
from wannb.data.looks.cuts import AROUND, between_pictures, cuts
from wannb.data.looks.dead_time import standing
from wannb.data.looks.look import Look
from wannb.data.looks.motion import distances, steps
from wannb.data.looks.signature import Sampler
from wannb.data.looks.small import brightest, shrunk

TOGETHER = 512
"""Small pictures that are judged at a time, and kept for what stands still at the end: twice 8 MB."""
_FULL_FRAMES = 16
"""About how many frames of a clip are searched for bars."""


class Watch:
    """Sees each frame of one clip once; `look` then says what was seen.

    expected: how many frames there may be; it may be off.
    """

    def __init__(self, expected: int = 0) -> None:
        self._every = max(1, expected // _FULL_FRAMES)
        self._shrinker, self._converter = VideoReformatter(), VideoReformatter()  # each keeps its tables
        self._bars = Bars()
        self._full = 0
        self._sampler = Sampler()
        self._matrix: tuple[int, int, int, int] | None = None
        self._first: np.ndarray | None = None
        self._small: list[np.ndarray] = []
        self._judged = 0
        self._brightness: list[float] = []
        self._black: list[bool] = []
        self._away: list[np.ndarray] = []
        self._motion: list[np.ndarray] = []
        self._cuts: list[int] = []

    def see(self, frame: av.VideoFrame) -> None:
        """The next frame, in order of showing; one that cannot be shrunk counts as the one before it."""
        try:
            self._see(frame)
        except (av.FFmpegError, ValueError, MemoryError):
            self.take(self._small[-1] if self._small else np.zeros((3, 16, 16), np.uint8))

    def _see(self, frame: av.VideoFrame) -> None:
        self._matrix = self._matrix or display_matrix(frame)
        picture = shrunk(frame, self._matrix, self._shrinker)
        if self._small and picture.shape != self._small[0].shape:
            raise ValueError("a damaged frame, of another size than the first")
        if len(self._black) % self._every == 0:
            self._search_bars(frame)
        self.take(picture)

    def take(self, picture: np.ndarray) -> None:
        """The next frame, made small: uint8 [3, h, w] (Y, Cb, Cr)."""
        grey = picture[0]
        self._sampler.see(picture)
        self._brightness.append(float(grey.mean()))
        self._black.append(is_black(grey))
        self._small.append(picture)
        if self._first is None and not self._black[-1]:
            self._first = picture
        if len(self._small) >= 2 * TOGETHER:
            self._judge()

    def look(self, fps: float) -> Look:
        """What was seen of a clip at `fps` frames a second."""
        self._judge()
        black = np.array(self._black, bool)
        motion = _joined(self._motion)
        still_start, still_end = self._still(motion, black)
        return Look(
            frames=len(black),
            fps=fps,
            motion=motion,
            brightness=np.array(self._brightness, np.float32),
            cuts=tuple(between_pictures(self._cuts, black)),
            still_start=still_start,
            still_end=still_end,
            black=runs(black),
            box=self._bars.box(),
            signature=self._sampler.signature(),
        )

    def _search_bars(self, frame: av.VideoFrame) -> None:
        self._bars.see(brightest(frame, self._matrix, self._converter))
        self._full += 1
        if self._full % (3 * _FULL_FRAMES) == 0:  # more frames than were expected
            self._every *= 2

    def _judge(self) -> None:
        """Everything about the small pictures that are not judged yet; some stay, for those that come after them."""
        at = len(self._black) - len(self._small)
        pictures = np.stack(self._small) if self._small else np.zeros((0, 3, 1, 1), np.uint8)
        self._motion.append(steps(pictures[max(0, self._judged - 1) :]))
        first = self._first if self._first is not None else pictures[:1]
        self._away.append(distances(pictures[self._judged :], first))
        since = max(0, self._judged - 2 * AROUND)
        found = (since + cut + at for cut in cuts(pictures[since:]))
        self._cuts = sorted({*self._cuts, *found})
        self._small = self._small[-TOGETHER:]
        self._judged = len(self._small)

    def _still(self, motion: np.ndarray, black: np.ndarray) -> tuple[int, int]:
        """Frames at either end in which nothing moves, with the black ones before or after them."""
        if black.all():
            return len(black), 0
        dark = int(np.argmin(black))
        start = standing(_joined(self._away)[dark:], motion[dark:])
        if dark + start == len(black):
            return len(black), 0
        dark_end = int(np.argmin(black[::-1]))
        tail = np.stack(self._small)[::-1][dark_end:]
        end = standing(distances(tail, tail[:1]), motion[::-1][dark_end:][: len(tail) - 1]) if len(tail) else 0
        return _after(dark, start), _after(dark_end, end)


def _after(dark: int, still: int) -> int:
    """A first frame alone does not stand still, so nor do the black ones before it."""
    return dark + still if still > 1 else 0


def _joined(parts: list[np.ndarray]) -> np.ndarray:
    return np.concatenate(parts).astype(np.float32) if parts else np.zeros(0, np.float32)
