"""What moves in a clip: how fast, which way, how far its way turns."""

from dataclasses import dataclass

import numpy as np

from wannb.data.figures.flow import CELL, Flow

_SLOW = 0.04
"""Pixels of 64 from one frame to the next below which nothing moves."""
_LITTLE = 0.002
"""Share of the picture that has to move."""
_CUT = (0.3, 0.8)
"""A pair of frames is no movement where more than this changes, and so much of it is not explained."""
_BACK = np.radians(135)
"""A way that changes by more from one moment to the next goes back and does not turn."""
_AROUND = 3
"""Frames over which a way is evened out before it is said to turn."""


@dataclass(frozen=True)
class Movement:
    """Each of the P pairs of neighbouring frames, in widths of the picture a second.

    speed: [P] mean speed of what moves.  way: complex [P] its mean velocity, right + i·up.  swell: complex [P] how fast
    it grows (real) and spins (imaginary, counter-clockwise) at its typical distance from its own middle.
    share: [P] of the picture that changes.  known: [P] False at a cut.
    """

    speed: np.ndarray
    way: np.ndarray
    swell: np.ndarray
    share: np.ndarray
    known: np.ndarray

    @classmethod
    def of(cls, flow: Flow, fps: float) -> "Movement":
        """flow: of pictures whose width is CELL times that of its field."""
        height, width = flow.v.shape[1:3]
        per_second = fps / (CELL * width)
        velocity = flow.v[..., 0] - 1j * flow.v[..., 1]
        speed = np.abs(velocity)
        weight = flow.weight * (speed > _SLOW)
        total = weight.sum((1, 2))
        moves = total > _LITTLE * height * width
        weight = weight / np.where(moves, total, np.inf)[:, None, None]
        way = (weight * velocity).sum((1, 2))
        known = ~((flow.changed > _CUT[0]) & (flow.lost > _CUT[1]))
        return cls(
            speed=(weight * speed).sum((1, 2)) * per_second,
            way=way * per_second,
            swell=_swell(weight, velocity, way) * per_second,
            share=flow.changed,
            known=known,
        )

    @property
    def mean_speed(self) -> float | None:
        """Widths a second; None where no two frames belong together."""
        return float(self.speed[self.known].mean()) if self.known.any() else None

    @property
    def mean_way(self) -> complex:
        return complex(self.way[self.known].mean()) if self.known.any() else 0j

    @property
    def coherence(self) -> float | None:
        """1 where everything goes one way all the time, 0 where ways cancel; None where nothing moves."""
        speed = self.mean_speed
        return min(1.0, abs(self.mean_way) / speed) if speed else None

    @property
    def turning(self) -> float | None:
        """Degrees by which the way turns, counter-clockwise; None where nothing moves."""
        way = evened(self.way[self.known], _AROUND)
        size = np.abs(way)
        if not len(way) or not size.max() > 0:
            return None
        seen = way[size > 0.2 * np.median(size[size > 0])]
        turns = np.angle(seen[1:] * seen[:-1].conj())
        return float(np.degrees(turns[np.abs(turns) < _BACK].sum()))


def evened(values: np.ndarray, around: int) -> np.ndarray:
    """Running means over `around` values, fewer at the ends."""
    if len(values) < around:
        return values
    window = np.ones(around)
    return np.convolve(values, window, "same") / np.convolve(np.ones(len(values)), window, "same")


def _swell(weight: np.ndarray, velocity: np.ndarray, way: np.ndarray) -> np.ndarray:
    """weight sums to 1 or 0 in each pair. The least-squares similarity about the middle of what moves."""
    height, width = weight.shape[1:]
    place = CELL * (np.arange(width)[None, None, :] - 1j * np.arange(height)[None, :, None])
    place = place - (weight * place).sum((1, 2))[:, None, None]
    spread = (weight * np.abs(place) ** 2).sum((1, 2))
    both = (weight * (velocity - way[:, None, None]) * place.conj()).sum((1, 2))
    return both / np.sqrt(np.maximum(spread, 1.0))
