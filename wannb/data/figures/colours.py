"""The colours of a clip."""

import numpy as np

BINS = 8
"""Steps of each of red, green and blue in a histogram."""
_PIXELS = 40_000
_SHOWN = 5


def histogram(pictures: np.ndarray) -> np.ndarray:
    """pictures [F, h, w, 3], 0 to 255 -> float32 [BINS, BINS, BINS] that sums to 1.

    Each pixel counts for the eight nearest colours, so that a slightly other shade gives a slightly other histogram.
    """
    pixels = _some(pictures) * ((BINS - 1) / 255)
    low = np.minimum(pixels.astype(np.int32), BINS - 2)
    part = pixels - low
    sides = [(1 - part[:, k], part[:, k]) for k in range(3)]
    first = low @ np.array([BINS**2, BINS, 1])
    total = np.zeros(BINS**3)
    for r, g, b in np.ndindex(2, 2, 2):
        weight = sides[0][r] * sides[1][g] * sides[2][b]
        total += np.bincount(first + (r * BINS**2 + g * BINS + b), weight, BINS**3)
    return (total / total.sum()).astype(np.float32).reshape(BINS, BINS, BINS)


def palette(pictures: np.ndarray) -> list[tuple[tuple[int, int, int], float]]:
    """The commonest colours (R, G, B) with their per cent of the pixels, most common first."""
    pixels = _some(pictures)
    cell = np.minimum(pixels / 43, 5).astype(np.int32) @ np.array([36, 6, 1])
    counts = np.bincount(cell, minlength=216)
    means = np.stack([np.bincount(cell, pixels[:, k], 216) for k in range(3)], axis=1) / np.maximum(counts, 1)[:, None]
    most = [one for one in np.argsort(-counts, kind="stable")[:_SHOWN] if counts[one] >= 0.005 * len(pixels)]
    return [(tuple(int(round(v)) for v in means[one]), 100 * float(counts[one]) / len(pixels)) for one in most]


def saturation(pictures: np.ndarray) -> float:
    """Per cent: mean of the largest less the smallest of red, green and blue; 0 is grey, 100 pure colour."""
    red, green, blue = (pictures[..., k] for k in range(3))
    most, least = np.maximum(np.maximum(red, green), blue), np.minimum(np.minimum(red, green), blue)
    return float((most - least).mean() / 2.55)


def _some(pictures: np.ndarray) -> np.ndarray:
    """Pixels [n, 3], of frames evenly over the clip where all would be many."""
    frames = max(1, min(len(pictures), _PIXELS // (pictures.shape[1] * pictures.shape[2])))
    chosen = np.unique(np.linspace(0, len(pictures) - 1, frames).round().astype(int))
    return pictures[chosen].reshape(-1, 3)
