"""The loss weight by timestep that Timestep Type `weighted` stands for."""

import numpy as np

_KNOTS = np.array(
    [
        (0, 0.447), (5, 0.446), (12, 0.454), (27, 0.500), (40, 0.545), (55, 0.601), (70, 0.652), (85, 0.691),
        (100, 0.716), (115, 0.729), (130, 0.7325), (150, 0.7285), (190, 0.718), (230, 0.7135), (270, 0.720),
        (300, 0.731), (333, 0.750), (400, 0.805), (500, 0.925), (600, 1.083), (750, 1.37), (800, 1.459), (850, 1.513),
        (876, 1.523), (900, 1.507), (920, 1.476), (940, 1.413), (960, 1.330), (980, 1.176), (990, 1.043), (1000, 0.906),
    ]
)  # fmt: skip
_T, _WEIGHTS = _KNOTS.T


def weight_of(t: np.ndarray) -> np.ndarray:
    """Return the weight (float64, as `t`) of the loss at timesteps `t`, 0…1000; its mean over all t is 1.

    The curve is AI Toolkit's, read off at a few points: how large the base's loss is at each timestep, measured on
    Flex.1-alpha, an image model. Nobody has measured it on Wan. Its mean is 1.36 over the high-noise expert of T2V
    and 0.95 over the low-noise one.
    """
    t = np.clip(np.asarray(t, float), 0.0, 1000.0)
    left = np.clip(np.searchsorted(_T, t, side="right") - 1, 0, len(_T) - 2)
    width = _T[left + 1] - _T[left]
    x = (t - _T[left]) / width
    here, there = _WEIGHTS[left], _WEIGHTS[left + 1]
    rise_here, rise_there = width * _SLOPES[left], width * _SLOPES[left + 1]
    cubic = here + x * (rise_here + x * (3 * (there - here) - 2 * rise_here - rise_there))
    return (cubic + x**3 * (2 * (here - there) + rise_here + rise_there)) / _MEAN


def _slopes() -> np.ndarray:
    """Slopes at the knots under which no cubic leaves the interval of its two knots (Steffen 1990, eq. 11)."""
    widths, secants = np.diff(_T), np.diff(_WEIGHTS) / np.diff(_T)
    before, after = secants[:-1], secants[1:]
    parabola = (before * widths[1:] + after * widths[:-1]) / (widths[:-1] + widths[1:])
    least = np.minimum(np.minimum(abs(before), abs(after)), abs(parabola) / 2)
    return np.concatenate([secants[:1], (np.sign(before) + np.sign(after)) * least, secants[-1:]])


def _mean() -> float:
    """The curve's mean: the integral of each cubic in closed form."""
    widths = np.diff(_T)
    pieces = widths * (_WEIGHTS[:-1] + _WEIGHTS[1:]) / 2 + widths**2 * (_SLOPES[:-1] - _SLOPES[1:]) / 12
    return float(pieces.sum()) / 1000.0


_SLOPES = _slopes()
_MEAN = _mean()
