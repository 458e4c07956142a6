"""A clip made small: what its figures of motion, light and colour are read from."""

import numpy as np
from PIL import Image

from wannb.refusal import Refusal

SIDE = 64
"""Pixels of the longer side; a multiple of 4, so that it can be halved twice."""
_LEAST = 8
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def checked(frames: np.ndarray) -> np.ndarray:
    """`frames`, uint8 [F, H, W, 3]; Refusal for anything else, or nothing."""
    if getattr(frames, "dtype", None) != np.uint8 or frames.ndim != 4 or frames.shape[3] != 3 or not frames.size:
        found = f"{getattr(frames, 'dtype', type(frames).__name__)} {getattr(frames, 'shape', '')}".strip()
        raise Refusal(f"Figures are read from uint8 frames [F, height, width, 3], not from {found}.")
    return frames


def small(frames: np.ndarray) -> np.ndarray:
    """float32 [F, h, w, 3], 0 to 255: means over areas, the longer side `SIDE` pixels or less, both multiples of 4."""
    height, width = frames.shape[1:3]
    scale = min(1.0, SIDE / max(height, width))
    size = tuple(max(_LEAST, 4 * round(side * scale / 4)) for side in (width, height))
    if size == (width, height):
        return frames.astype(np.float32)
    shrunk = [_shrunk(frame, size) for frame in frames]
    return np.stack(shrunk).astype(np.float32)


def luma(pictures: np.ndarray) -> np.ndarray:
    """Brightness (BT.601) of RGB pictures [..., 3], as float32 [...]."""
    return pictures.astype(np.float32, copy=False) @ _LUMA


def _shrunk(frame: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    return np.asarray(Image.fromarray(np.ascontiguousarray(frame)).resize(size, Image.Resampling.BOX, reducing_gap=2.0))
