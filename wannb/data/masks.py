"""Masks: where in a clip, and when, the loss counts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from wannb.data.boxes import Box
from wannb.data.fitting import fitted
from wannb.data.video import iter_frames, probe
from wannb.refusal import Refusal

CELL = 8
"""Pixels a side of one latent."""
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
_BLACK = 0.01
"""A cell below this is black: lossy video leaves one or two of 255 levels."""


@dataclass(frozen=True)
class Mask:
    """An image, which holds for all frames, or a video, frame by frame; white counts, black weighs `floor`."""

    path: Path
    invert: bool = False
    floor: float = 0.0
    part: tuple[float, float, float, float] | None = None
    """(x0, y0, x1, y1) of the picture that is used, as shares of its width and height; None is all of it."""

    def cropped(self, box: Box | None, width: int, height: int) -> "Mask":
        """The mask of a clip of `width` x `height` pixels of which only `box` is shown."""
        return self if box is None else replace(self, part=tuple(np.divide(box, (width, height) * 2).tolist()))


def weights(
    mask: Mask, frames: Sequence[int], size: tuple[int, int], flip_x: bool = False, flip_y: bool = False
) -> np.ndarray:
    """float32 [1, f, H/8, W/8] of mean 1 for the clip's 4n+1 `frames` at `size` (W, H), fitted as the clip is.

    A latent weighs `floor + (1 - floor) m`, m the mean white of the pixels and frames it stands for. Raises Refusal
    where all is black, since nothing could be learned then.
    """
    cells = _cells(mask, frames, size)
    if cells.max() < _BLACK:
        raise Refusal(f"The mask {mask.path.name} is black all over: paint white what counts, or see invert_mask.")
    white = _in_time(cells)
    if flip_x:
        white = white[:, :, ::-1]
    if flip_y:
        white = white[:, ::-1]
    weight = mask.floor + (1 - mask.floor) * white.astype(np.float64)
    return np.ascontiguousarray(weight / weight.mean(), np.float32)[None]


def is_black(mask: Mask, frames: Sequence[int], size: tuple[int, int]) -> bool:
    """Whether no part of the mask counts; remembered until the file changes."""
    stat = mask.path.stat()
    return _brightest(mask, tuple(frames), size, stat.st_mtime_ns, stat.st_size) < _BLACK


@lru_cache(maxsize=4096)
def _brightest(mask: Mask, frames: tuple[int, ...], size: tuple[int, int], mtime_ns: int, file_size: int) -> float:
    return float(_cells(mask, frames, size).max())


def _cells(mask: Mask, frames: Sequence[int], size: tuple[int, int]) -> np.ndarray:
    """float32 [F, H/8, W/8] in 0..1: how white each cell of each frame is, inverted on request."""
    wanted = [0] if probe(mask.path).is_image else sorted(set(frames))
    cells = np.stack([_averaged(fitted(_part(_grey(frame), mask), size)) for frame in iter_frames(mask.path, wanted)])
    cells = cells[np.zeros(len(frames), int) if len(wanted) == 1 else np.searchsorted(wanted, frames)]
    return 1 - cells if mask.invert else cells


def _in_time(cells: np.ndarray) -> np.ndarray:
    """[4n+1, h, w] -> [n+1, h, w]: latent 0 stands for frame 0, latent j for the frames 4j-3 to 4j."""
    if len(cells) % 4 != 1:
        raise Refusal(f"A clip of {len(cells)} frames can have no mask: use 4n+1 frames (1, 5, 9, 13, ...).")
    later = cells[1:].reshape(-1, 4, *cells.shape[1:]).mean(1)
    return np.concatenate([cells[:1], later])


def _part(picture: np.ndarray, mask: Mask) -> np.ndarray:
    """What of a mask's picture stands beside the part of the clip that is shown, to whole pixels of the mask."""
    if mask.part is None:
        return picture
    height, width = picture.shape
    x0, y0, x1, y1 = (round(share * side) for share, side in zip(mask.part, (width, height) * 2, strict=True))
    x0, y0 = min(x0, width - 1), min(y0, height - 1)
    return picture[y0 : max(y1, y0 + 1), x0 : max(x1, x0 + 1)]


def _grey(frame: np.ndarray) -> np.ndarray:
    return np.rint(frame.astype(np.float32) @ _LUMA).clip(0, 255).astype(np.uint8)


def _averaged(picture: np.ndarray) -> np.ndarray:
    height, width = picture.shape
    blocks = picture.reshape(height // CELL, CELL, width // CELL, CELL)
    return blocks.mean((1, 3), dtype=np.float32) / np.float32(255)
