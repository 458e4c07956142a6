"""Frames that show nothing."""

import numpy as np

_DARK = 32
"""Grey levels of 255 that no spot of a black frame reaches: night shots do, bars and fades at their end do not."""


def is_black(picture: np.ndarray) -> bool:
    """Whether picture [h, w], small enough that noise has been averaged away, is black all over."""
    return int(picture.max()) < _DARK


def runs(flags: np.ndarray) -> tuple[tuple[int, int], ...]:
    """(first, stop) of each run of True in flags [F]."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return tuple((int(a), int(b)) for a, b in edges.reshape(-1, 2))
