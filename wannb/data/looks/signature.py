"""What of a clip is kept to find it again: tiny pictures at even steps of time."""

from dataclasses import dataclass

import numpy as np

from wannb.data.looks.small import cells

MOST = 64
"""Pictures of one clip; beyond that every second one stays, and again."""


@dataclass(frozen=True, eq=False)
class Signature:
    """luma: uint8 [S, 16, 16]; tint: uint8 [S, 2, 8, 8] (Cb, Cr); step: frames from one picture to the next."""

    luma: np.ndarray
    tint: np.ndarray
    step: int

    def part(self, first: int, stop: int) -> "Signature":
        """Of the frames `first` to `stop` (outside)."""
        a = min(-(-first // self.step), len(self.luma) - 1)
        b = max(a + 1, -(-stop // self.step))
        return Signature(self.luma[a:b], self.tint[a:b], self.step)


class Sampler:
    """Keeps every n-th picture that it sees, n doubling as they become too many."""

    def __init__(self) -> None:
        self._step = 1
        self._seen = 0
        self._kept: list[tuple[np.ndarray, np.ndarray]] = []

    def see(self, picture: np.ndarray) -> None:
        """picture: uint8 [3, h, w] (Y, Cb, Cr)."""
        if self._seen % self._step == 0:
            self._kept.append(cells(picture))
        self._seen += 1
        if len(self._kept) > MOST:
            self._kept = self._kept[::2]
            self._step *= 2

    def signature(self) -> Signature | None:
        """Of all that was kept; None where nothing was."""
        if not self._kept:
            return None
        luma, tint = zip(*self._kept, strict=True)
        return Signature(np.stack(luma), np.stack(tint), self._step)
