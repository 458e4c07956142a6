"""From a file to the pixels that are trained on; whoever shows a clip shows these."""

from collections.abc import Sequence

import numpy as np

from wannb.data.boxes import inside
from wannb.data.clips import Clip
from wannb.data.fitting import fitted
from wannb.data.items import Item
from wannb.data.video import iter_frames


def load(item: Item) -> np.ndarray:
    """uint8 [F, H, W, 3]: the item's frames, as `of_clip` has them, flipped."""
    clip = _shown(item, item.frames, item.size)
    if item.flip_x:
        clip = clip[:, :, ::-1]
    if item.flip_y:
        clip = clip[:, ::-1]
    return np.ascontiguousarray(clip)


def of_clip(clip: Clip, frames: Sequence[int], size: tuple[int, int]) -> np.ndarray:
    """uint8 [F, H, W, 3]: these frames of the clip's file (any order, repeats allowed), cropped to its box, scaled to
    cover the bucket `size` (W, H) and centre-cropped."""
    return _shown(clip, frames, size)


def _shown(clip: Clip | Item, frames: Sequence[int], size: tuple[int, int]) -> np.ndarray:
    wanted = sorted(set(frames))
    shown = np.stack([fitted(inside(frame, clip.crop), size) for frame in iter_frames(clip.path, wanted)])
    return shown[np.searchsorted(wanted, frames)]
