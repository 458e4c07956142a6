"""The figures of the clips that a job trains on, from the very frames that it picks."""

import numpy as np

from wannb.data import pixels
from wannb.data.figures.figures import Figures, figures
from wannb.data.frames import WAN_FPS
from wannb.data.items import Item, items_of

MOST = 48
"""Items that are read at the most, evenly over all of them."""
_KNOWN: dict[str, Figures] = {}
_MOST_KNOWN = 512


def of_training(job) -> tuple[Figures, ...]:
    """One for each item of `job` that teaches (no regularization clip), of equal pixels one, at Wan's frame rate."""
    items = {item.key: item for item in items_of(job)[0] if not item.is_reg}
    smallest: dict[tuple, Item] = {}
    for item in items.values():  # of several resolutions the least: figures are read small
        which = (item.content, item.frames, item.crop, item.flip_x, item.flip_y)
        if which not in smallest or item.size < smallest[which].size:
            smallest[which] = item
    chosen = list(smallest.values())
    at = np.unique(np.linspace(0, len(chosen) - 1, min(MOST, len(chosen))).round().astype(int)) if chosen else []
    return tuple(_of(chosen[i]) for i in at)


def _of(item: Item) -> Figures:
    """Remembered by the item's pixels."""
    if item.key not in _KNOWN:
        while len(_KNOWN) >= _MOST_KNOWN:
            del _KNOWN[next(iter(_KNOWN))]
        _KNOWN[item.key] = figures(pixels.load(item), WAN_FPS)
    return _KNOWN[item.key]
