"""A clip beside others: how far from the base's, how like those that were trained on."""

from collections.abc import Sequence

import numpy as np

from wannb.data.figures.figures import Figures
from wannb.data.figures.movement import evened

MOMENTS = 16
"""Moments at which two clips' movements are held against each other, evenly over either clip."""
_STILL = 0.01
"""Widths a second below which a clip stands still."""


def drift(clip: Figures, base: Figures) -> float:
    """Per cent of full scale: root mean square difference of the pictures made small, moments matched in order."""
    count = min(len(clip.pictures), len(base.pictures))
    a, b = (one.pictures[np.linspace(0, len(one.pictures) - 1, count).round().astype(int)] for one in (clip, base))
    if a.shape != b.shape:
        height, width = (min(a.shape[k], b.shape[k]) for k in (1, 2))
        a, b = _thinned(a, height, width), _thinned(b, height, width)
    return float(100 * np.sqrt(np.mean((a - b) ** 2)) / 255)


def motion_likeness(clip: Figures, training: Sequence[Figures]) -> float | None:
    """Per cent, against the nearest of `training`: 100 the same movement at every moment, 0 none or another.

    Velocities over time are multiplied as vectors (2|Σab*| / (Σ|a|² + Σ|b|²)), so half the speed gives 80 and a line
    against an orbit 0. Where training clips go different ways, which way the clip starts does not count. None where no
    training clip moves.
    """
    others = [curve for one in training if (curve := _curve(one)) is not None and _power(curve) > _STILL**2]
    if not others:
        return None
    mine = _curve(clip)
    if mine is None:
        return 0.0
    one_way = _one_way(others)
    return 100 * max(_alike(mine, other, one_way) for other in others)


def colour_likeness(clip: Figures, training: Sequence[Figures]) -> float | None:
    """Per cent of the clip's pixels that have their like in the nearest training clip (histogram intersection, Swain
    and Ballard 1991); None without training clips."""
    shared = [float(np.minimum(clip.colour, one.colour).sum()) for one in training]
    return 100 * min(1.0, max(shared)) if shared else None


def colours_gained(clip: Figures, base: Figures, bases: Sequence[Figures], training: Sequence[Figures]) -> float | None:
    """Per cent of the way from the base's colours to those of `training`: 0 for the base's clip of the same prompt,
    100 at the training clips' mean, below 0 the other way.

    Square roots of histograms (Hellinger), in which a small thing of its own colour counts. None without clips.
    """
    if not training or not bases:
        return None
    way = _roots(training) - _roots(bases)
    length = float((way * way).sum())
    gained = float(((np.sqrt(clip.colour) - np.sqrt(base.colour)) * way).sum())
    return 100 * gained / length if length > 1e-6 else None


def _roots(clips: Sequence[Figures]) -> np.ndarray:
    return np.mean([np.sqrt(one.colour) for one in clips], axis=0)


def _curve(clip: Figures) -> np.ndarray | None:
    """complex [2, MOMENTS]: way and swell over the clip; None without two frames."""
    movement = clip.movement
    if not len(movement.way):
        return None
    at = np.linspace(0, len(movement.way) - 1, MOMENTS)
    curves = [evened(np.where(movement.known, one, 0), 3) for one in (movement.way, movement.swell)]
    places = np.arange(len(movement.way))
    return np.stack([np.interp(at, places, one.real) + 1j * np.interp(at, places, one.imag) for one in curves])


def _power(curve: np.ndarray) -> float:
    return float((np.abs(curve) ** 2).sum(0).mean())


def _one_way(curves: list[np.ndarray]) -> float:
    """1 where all go the same way on the whole, 0 where their ways cancel."""
    ways = np.array([curve[0].mean() for curve in curves])
    return float(abs(ways.sum()) / max(np.abs(ways).sum(), 1e-12)) if len(curves) > 1 else 1.0


def _alike(a: np.ndarray, b: np.ndarray, one_way: float) -> float:
    together = (a[0] * b[0].conj()).mean()
    turned_freely = (1 - one_way) * abs(together) + one_way * together.real
    both = turned_freely + (a[1] * b[1].conj()).mean().real
    return float(np.clip(2 * both / max(_power(a) + _power(b), 1e-12), 0, 1))


def _thinned(pictures: np.ndarray, height: int, width: int) -> np.ndarray:
    rows = np.linspace(0, pictures.shape[1] - 1, height).round().astype(int)
    columns = np.linspace(0, pictures.shape[2] - 1, width).round().astype(int)
    return pictures[:, rows][:, :, columns]
