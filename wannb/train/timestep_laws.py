"""The distributions over the whole schedule, t = 0 (clean) to 1000 (noise), that Timestep Type names.

Each has `quantile(p)` and `density(t)` in closed form, `cdf(t)`, and `above(t)` = 1 - cdf(t) without its rounding,
which the tail at pure noise needs. All take and give float64 arrays; probabilities p ascend with t.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

_NORMAL = NormalDist()


class Linear:
    """Every timestep alike."""

    def quantile(self, p: np.ndarray) -> np.ndarray:
        return 1000.0 * p

    def cdf(self, t: np.ndarray) -> np.ndarray:
        return 0.001 * t

    def above(self, t: np.ndarray) -> np.ndarray:
        return 0.001 * (1000.0 - t)

    def density(self, t: np.ndarray) -> np.ndarray:
        return np.full_like(t, 0.001)


class Sigmoid:
    """1000·sigmoid(z), z normal: the logit-normal law (AI Toolkit's `sigmoid`; arXiv 2403.03206, 3.1, m = 0, s = 1)."""

    def quantile(self, p: np.ndarray) -> np.ndarray:
        z, inside = np.where(p > 0, np.inf, -np.inf), (p > 0) & (p < 1)
        z[inside] = _each(_NORMAL.inv_cdf, p[inside])
        return 1000.0 / (1.0 + np.exp(-z))

    def cdf(self, t: np.ndarray) -> np.ndarray:
        return _each(_NORMAL.cdf, _logit(t))

    def above(self, t: np.ndarray) -> np.ndarray:
        return _each(_NORMAL.cdf, -_logit(t))

    def density(self, t: np.ndarray) -> np.ndarray:
        inside = (t > 0) & (t < 1000)
        t = np.where(inside, t, 500.0)  # at both ends the limit is 0
        bell = np.exp(-0.5 * _logit(t) ** 2) / math.sqrt(2 * math.pi)
        return np.where(inside, 1000.0 * bell / (t * (1000.0 - t)), 0.0)


@dataclass(frozen=True)
class Shift:
    """Evenly along a schedule bent by `s`: t/1000 = s·p / (1 + (s - 1)·p), as the model's sampler bends its own."""

    s: float

    def quantile(self, p: np.ndarray) -> np.ndarray:
        return 1000.0 * self.s * p / (1.0 + (self.s - 1.0) * p)

    def cdf(self, t: np.ndarray) -> np.ndarray:
        return t / self._straight(t)

    def above(self, t: np.ndarray) -> np.ndarray:
        return self.s * (1000.0 - t) / self._straight(t)

    def density(self, t: np.ndarray) -> np.ndarray:
        return 1000.0 * self.s / self._straight(t) ** 2

    def _straight(self, t: np.ndarray) -> np.ndarray:
        return self.s * (1000.0 - t) + t


def _logit(t: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore"):
        return np.log(t) - np.log(1000.0 - t)


def _each(function, values: np.ndarray) -> np.ndarray:
    """`function`, which takes one float, over an array: NumPy has neither the normal law nor its inverse."""
    return np.fromiter(map(function, values.ravel().tolist()), float, values.size).reshape(values.shape)
