"""How sure a difference between two measurements of the same clips is."""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike


@dataclass(frozen=True)
class Difference:
    """The mean change of the loss and the ends of its confidence interval; None where one clip gives none."""

    mean: float
    low: float | None
    high: float | None


def compare(now: ArrayLike, before: ArrayLike, confidence: float = 0.95) -> Difference:
    """Return the mean of `now - before`, losses [clips, timesteps] each, with Student's interval over the clips.

    Paired: clip, noise and timestep are the same on both sides, so what they add to both losses cancels. Losses of one
    clip at several timesteps are not independent, so each clip counts once, with the mean of its differences.
    """
    change = np.asarray(now, dtype=np.float64) - np.asarray(before, dtype=np.float64)
    by_clip = change.mean(axis=1).tolist()
    count = len(by_clip)
    mean = math.fsum(by_clip) / count
    if count == 1:
        return Difference(mean, None, None)
    spread = math.sqrt(math.fsum((one - mean) ** 2 for one in by_clip) / (count - 1))
    reach = student_quantile(0.5 + confidence / 2, count - 1) * spread / math.sqrt(count)
    return Difference(mean, mean - reach, mean + reach)


@lru_cache(maxsize=64)
def student_quantile(probability: float, freedom: int) -> float:
    """Return t with P(T <= t) = `probability` (0.5…1, below 1) for Student's T of `freedom` degrees (1, 2, …)."""
    inside = 2 * probability - 1
    low, high = 0.0, math.pi / 2
    for _ in range(60):  # bisection over the angle, which is bounded where t is not
        middle = (low + high) / 2
        low, high = (middle, high) if student_inside(middle, freedom) < inside else (low, middle)
    return math.sqrt(freedom) * math.tan((low + high) / 2)


def student_inside(angle: float, freedom: int) -> float:
    """Return P(|T| <= t) for t = √freedom · tan(angle): the finite sums of Abramowitz & Stegun 26.7.3 and 26.7.4."""
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = freedom % 2
    term, total = (cosine if odd else 1.0), 0.0
    for k in range(2 + odd, freedom + 1, 2):
        total += term
        term *= cosine**2 * (k - 1) / k
    return (angle + sine * total) * 2 / math.pi if odd else sine * total
