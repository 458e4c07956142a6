"""Crop boxes: (x0, y0, x1, y1) in pixels of the upright picture, the right and lower edge outside."""

from math import sqrt

import numpy as np

LEAST = 16
"""Pixels a side of a box; what is smaller has no bucket."""

Box = tuple[int, int, int, int]


def clipped(box: tuple[float, float, float, float], width: int, height: int) -> Box:
    """The part of `box` inside a picture of `width` x `height`, its corners in any order, at least 16 px a side.

    A side that is shorter grows about its middle; a picture that is smaller than 16 px gives all of that side.
    """
    x0, x1 = _side(box[0], box[2], width)
    y0, y1 = _side(box[1], box[3], height)
    return x0, y0, x1, y1


def locked(box: tuple[float, float, float, float], aspect: float, width: int, height: int) -> Box:
    """The box of `aspect` (width / height) about the middle of `box`, of its area where the picture has room for it.

    Moved, and where it must be made smaller, so that it lies in the `width` x `height` picture; to whole pixels.
    """
    x0, y0, x1, y1 = clipped(box, width, height)
    area = (x1 - x0) * (y1 - y0)
    wide, high = sqrt(area * aspect), sqrt(area / aspect)
    most = min(width / wide, height / high)
    scale = min(max(1.0, LEAST / wide, LEAST / high), most)
    across = min(max(round(wide * scale), min(LEAST, width)), width)
    down = min(max(round(high * scale), min(LEAST, height)), height)
    left = min(max(round((x0 + x1 - across) / 2), 0), width - across)
    top = min(max(round((y0 + y1 - down) / 2), 0), height - down)
    return left, top, left + across, top + down


def inside(frame: np.ndarray, box: Box | None) -> np.ndarray:
    """The part `box` of a picture [H, W, ...], not copied; all of it for None."""
    return frame if box is None else frame[box[1] : box[3], box[0] : box[2]]


def together(one: Box | None, other: Box | None) -> Box | None:
    """What two boxes share; the first where that is under 16 px a side, None where both are None."""
    if one is None or other is None:
        return one or other
    x0, y0, x1, y1 = max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3])
    return (x0, y0, x1, y1) if min(x1 - x0, y1 - y0) >= LEAST else one


def _side(low: float, high: float, length: int) -> tuple[int, int]:
    low, high = sorted((min(max(round(low), 0), length), min(max(round(high), 0), length)))
    least = min(LEAST, length)
    if high - low >= least:
        return low, high
    start = min(max((low + high - least) // 2, 0), length - least)
    return start, start + least
