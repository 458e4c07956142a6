"""From a picture of any size to one of a bucket's."""

import numpy as np
from PIL import Image


def fitted(frame: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """uint8 [H, W, 3] or [H, W] of `size` (W, H) from a frame of any size: scaled to cover (antialiased bicubic),
    centre-cropped.

    The crop is taken in the source, to fractions of a pixel, so the aspect is exact and one resampling does both.
    """
    height, width = frame.shape[:2]
    if (width, height) == tuple(size):
        return frame
    scale = max(size[0] / width, size[1] / height)
    left, top = (width - size[0] / scale) / 2, (height - size[1] / scale) / 2
    box = (max(left, 0.0), max(top, 0.0), min(width - left, width), min(height - top, height))
    return np.asarray(Image.fromarray(frame).resize(tuple(size), Image.Resampling.BICUBIC, box=box))
