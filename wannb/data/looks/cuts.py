"""Hard cuts: one picture to the next is another scene, and the old one does not come back."""

import numpy as np

AROUND = 12
"""Frames on either side that a cut is judged by."""
_CALM = 1.0
_PEAK, _CLEAR_PEAK = 1.3, 2.5
_MANY, _SOME = 0.45, 0.10
_BACK = 0.45
_REACH, _SIDE = 8, 6
"""Pixels of the halved picture: how far a block may have moved, and its side."""
_FLAT, _OTHER_TINT = 5.0, 10.0
"""Grey levels that a flat block spreads over, and levels of Cb and Cr together that make another colour."""
_DRAWN, _LIKE, _TELLING, _SAME_DRAWING = 1.5, 0.6, 0.25, 0.6
"""A drawing: the levels that a block of it spreads over, the correlation from which two are one, the share of blocks
that have to have one, and the share of those that are the same where only the light is another."""
_RETURNS = ((0, 1), (0, 2), (0, 3), (0, 5), (1, 0), (2, 0), (3, 0), (5, 0), (1, 1), (2, 2), (3, 3))
"""Pairs (frames before the last one, frames after the first one) of which one is alike after a flash."""


def cuts(pictures: np.ndarray) -> list[int]:
    """The first frames of new scenes in pictures uint8 [N, 3, h, w] (Y, Cb, Cr), small.

    A cut is a lone peak of change that movement does not explain: most blocks of the new picture are nowhere near in
    the old one, in either direction of time. Flashes return to what was there, pans and fades go on for several frames.
    """
    small = _halved(pictures)
    change = np.abs(small[1:] - small[:-1]).sum(1).mean((1, 2))
    return [at for at in _peaks(change) if _is_cut(small, change, at)]


def between_pictures(found: list[int], black: np.ndarray) -> list[int]:
    """Of the cuts `found`, those that do not lead into black, nor from the black at a clip's start; black: [F]."""
    first = int(np.argmin(black)) if len(black) else 0
    return [cut for cut in found if not black[cut] and cut > first]


def _peaks(change: np.ndarray) -> list[int]:
    """Frames whose change [N - 1] stands over that of the two frames on either side."""
    padded = np.pad(change, 2)
    near = np.max([padded[k : k + len(change)] for k in (0, 1, 3, 4)], axis=0) if len(change) else change
    return [int(i) + 1 for i in np.flatnonzero((change > _CALM) & (change > _PEAK * near))]


def _is_cut(small: np.ndarray, change: np.ndarray, at: int) -> bool:
    new = unexplained(small[at - 1], small[at])
    if new < _SOME:
        return False
    if new < _MANY and not _stands_alone(change, at):
        return False
    for before, after in _RETURNS:
        a, b = at - 1 - before, at + after
        if a >= 0 and b < len(small) and unexplained(small[a], small[b]) < _BACK * new:
            return False
    return redrawn(small[at - 1], small[at]) > 1 - _SAME_DRAWING


def _stands_alone(change: np.ndarray, at: int) -> bool:
    """Whether nothing nearly as large happens within `AROUND` frames."""
    near = np.concatenate([change[max(0, at - 1 - AROUND) : at - 1], change[at : at + AROUND]])
    return not near.size or change[at - 1] > _CLEAR_PEAK * float(near.max())


def unexplained(a: np.ndarray, b: np.ndarray) -> float:
    """Share of the blocks of a and b [3, h, w] that are nowhere within reach in the other; brightness is evened out."""
    a, b = _evened(a), _evened(b)
    return min(_lost(a, b), _lost(b, a))


def redrawn(a: np.ndarray, b: np.ndarray) -> float:
    """Share of the blocks of a and b [3, h, w] whose drawing is another, at the shift of the whole that makes it least.

    Blocks are held against each other with mean and contrast evened out, each by itself: a light that goes on, from
    whatever side and in whatever colour, leaves the drawing as it was. Flat blocks tell nothing; 1 where most are flat.
    """
    height, width = b.shape[1:]
    old = np.pad(a[0], _REACH, mode="edge")
    mean_b, spread_b = _block_moments(b[0])
    least = 1.0
    for dy in range(0, 2 * _REACH + 1):
        for dx in range(0, 2 * _REACH + 1):
            moved = old[dy : dy + height, dx : dx + width]
            mean_a, spread_a = _block_moments(moved)
            drawn = (spread_a > _DRAWN) & (spread_b > _DRAWN)
            if drawn.mean() < _TELLING:
                continue
            likeness = (_block_means(moved * b[0]) - mean_a * mean_b)[drawn] / (spread_a * spread_b)[drawn]
            least = min(least, float((likeness < _LIKE).mean()))
    return least


def _block_moments(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and spread of each block."""
    mean = _block_means(values)
    return mean, np.sqrt(np.maximum(_block_means(values * values) - mean * mean, 0))


def _lost(old: np.ndarray, new: np.ndarray) -> float:
    """Share of the blocks of `new` that no shift of `old` explains: by their brightness or, where that is flat, by
    their colour too (a light that is switched on changes colours, but no drawing)."""
    height, width = new.shape[1:]
    padded = np.pad(old, ((0, 0), (_REACH, _REACH), (_REACH, _REACH)), mode="edge")
    luma = tint = np.inf
    for dy in range(0, 2 * _REACH + 1):
        for dx in range(0, 2 * _REACH + 1):
            error = np.abs(padded[:, dy : dy + height, dx : dx + width] - new)
            luma = np.minimum(luma, _block_means(error[0]))
            tint = np.minimum(tint, _block_means(error[1] + error[2]))
    mean = _block_means(new[0])
    spread = np.sqrt(np.maximum(_block_means(new[0] * new[0]) - mean * mean, 0))
    return float(((luma > 6 + 0.3 * spread) | (spread < _FLAT) & (tint > _OTHER_TINT)).mean())


def _evened(picture: np.ndarray) -> np.ndarray:
    """Brightness of mean 128 and, where there is any, the contrast of a common picture; colours as they are."""
    luma = picture[:1]
    return np.concatenate([(luma - luma.mean()) * (40 / max(float(luma.std()), 16)) + 128, picture[1:]])


def _block_means(values: np.ndarray) -> np.ndarray:
    height, width = values.shape
    rows, columns = max(1, height // _SIDE), max(1, width // _SIDE)
    tall, wide = min(_SIDE, height), min(_SIDE, width)
    cut = values[: rows * tall, : columns * wide]
    return cut.reshape(rows, tall, columns, wide).mean((1, 3))


def _halved(pictures: np.ndarray) -> np.ndarray:
    """float32 [N, 3, h // 2, w // 2]."""
    height, width = pictures.shape[-2:]
    if min(height, width) < 2:
        return pictures.astype(np.float32)
    cut = pictures[..., : height // 2 * 2, : width // 2 * 2].astype(np.float32)
    across = cut[..., ::2] + cut[..., 1::2]
    return (across[..., ::2, :] + across[..., 1::2, :]) / 4
