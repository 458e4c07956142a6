"""How sharp the edges of a picture are."""

import numpy as np

_OF_PIXEL = 1 / 3
"""Variance in square pixels that central differences add to an edge."""
_STEEP = 6.0
"""Levels of 255 a pixel that an edge has at the least."""
_SHARE = 0.35
"""Of the steepest slope in the picture, what an edge has at the least."""


def sharpness(grey: np.ndarray) -> float | None:
    """grey [F, H, W] -> per cent of the finest detail that the pixels can hold; None where there is no edge.

    The blur σ of the edges is read from how much less steep they are after a known blur (Zhuo and Sim 2011); a Gaussian
    of σ pixels halves contrast at 0.1874 / σ cycles a pixel (MTF50), of which the pixels hold 0.5 at most.
    """
    found = [ratio for picture in grey if min(picture.shape) >= 5 for ratio in _ratios(picture)]
    if not found:
        return None
    ratio = float(np.median(found))
    variance = 1 / max(ratio**2 - 1, 1e-6) - _OF_PIXEL
    return float(min(100.0, 37.48 / np.sqrt(max(variance, 0.01))))


def _ratios(picture: np.ndarray) -> np.ndarray:
    """Slope before over slope after a blur of one pixel, at the ridges of slope."""
    gy, gx = np.gradient(picture)
    slope = np.hypot(gx, gy)
    steepest = slope.max()
    ridge = slope > max(_STEEP, _SHARE * steepest)
    if not ridge.any():
        return np.zeros(0)
    across = np.abs(gx) >= np.abs(gy)
    ridge &= np.where(across, _peak(slope, 1), _peak(slope, 0))
    ridge[:2], ridge[-2:], ridge[:, :2], ridge[:, -2:] = False, False, False, False
    by, bx = np.gradient(_blurred(picture))
    return slope[ridge] / np.maximum(np.hypot(bx, by)[ridge], 1e-6)


def _peak(slope: np.ndarray, axis: int) -> np.ndarray:
    return (slope >= np.roll(slope, 1, axis)) & (slope >= np.roll(slope, -1, axis))


def _blurred(picture: np.ndarray) -> np.ndarray:
    """After a Gaussian of one pixel."""
    kernel = np.exp(-(np.arange(-3, 4) ** 2) / 2).astype(np.float32)
    kernel /= kernel.sum()
    for axis in (0, 1):
        padded = np.pad(picture, [(3, 3) if axis == k else (0, 0) for k in (0, 1)], mode="edge")
        length = picture.shape[axis]
        picture = sum(weight * padded.take(range(k, k + length), axis) for k, weight in enumerate(kernel))
    return picture
