"""From a file to the pixels of an item."""

import numpy as np

from wannb.data.fitting import fitted
from wannb.data.items import Item
from wannb.data.video import iter_frames


def load(item: Item) -> np.ndarray:
    """uint8 [F, H, W, 3]: the item's frames, scaled to cover its bucket, centre-cropped, flipped."""
    wanted = sorted(set(item.frames))
    clip = np.stack([fitted(frame, item.size) for frame in iter_frames(item.path, wanted)])
    clip = clip[np.searchsorted(wanted, item.frames)]
    if item.flip_x:
        clip = clip[:, :, ::-1]
    if item.flip_y:
        clip = clip[:, ::-1]
    return np.ascontiguousarray(clip)
