"""Brightness that comes and goes, grain and texture."""

import numpy as np

from wannb.data.figures.flow import Flow, moved

TILE = 8
"""Pixels a side of the tiles whose brightness is followed."""


def flicker(grey: np.ndarray, flow: Flow) -> float | None:
    """grey [F, h, w], levels of 255 -> how far brightness jumps and comes back from frame to frame, movement taken out.

    Half the mean second difference of each tile's brightness, so that a clip that goes between L and L + a has the
    flicker a, and a steady fade none. None under three frames.
    """
    if len(grey) < 3:
        return None
    steps = _tiles(moved(grey[1:], flow.v) - grey[:-1])
    return float(np.abs(np.diff(steps, axis=0)).mean() / 2)


def grain(grey: np.ndarray) -> float:
    """grey [F, H, W], levels of 255 -> standard deviation of fine noise in the plain half of the picture.

    The median of Immerkær's noise filter (1996), which sees neither plains nor slopes; full size.
    """
    if min(grey.shape[1:]) < 3:
        return 0.0
    rows = grey[:, :-2] - 2 * grey[:, 1:-1] + grey[:, 2:]
    both = rows[..., :-2] - 2 * rows[..., 1:-1] + rows[..., 2:]
    return float(np.median(np.abs(both)) / 0.6745 / 6)


def texture(grey: np.ndarray) -> float:
    """grey [F, h, w] -> median slope in levels a pixel: near 0 for plain grounds, large where all of it is busy."""
    across, down = np.diff(grey, axis=2)[:, :-1], np.diff(grey, axis=1)[:, :, :-1]
    return float(np.median(np.hypot(across, down)))


def _tiles(pictures: np.ndarray) -> np.ndarray:
    """Medians over tiles [P, rows, columns]; what is left at the right and the bottom is passed over."""
    count, height, width = pictures.shape
    rows, columns = max(1, height // TILE), max(1, width // TILE)
    tall, wide = min(TILE, height), min(TILE, width)
    parts = pictures[:, : rows * tall, : columns * wide].reshape(count, rows, tall, columns, wide)
    return np.median(parts.transpose(0, 1, 3, 2, 4).reshape(count, rows, columns, -1), axis=-1)
