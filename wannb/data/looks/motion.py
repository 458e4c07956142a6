"""How much two small pictures differ, where they differ most."""

import numpy as np

BLOCK = 3
"""Pixels a side over which differences are averaged before the largest are looked for: noise cancels, edges stay."""
_SHARE, _LEAST = 0.01, 4
"""Of the blocks, how many are the largest: a moving hand is enough, a speck is not."""


def distances(pictures: np.ndarray, other: np.ndarray) -> np.ndarray:
    """[N] in levels of 255: mean of the largest block differences of pictures [N, 3, h, w] from `other` [N or 1, ...].

    The colour counts like the brightness: what moves may be as bright as its ground.
    """
    if not len(pictures):
        return np.zeros(0, np.float32)
    blocks = np.abs(_blocks(pictures.astype(np.int16) - other)).max(1).reshape(len(pictures), -1)
    count = min(max(_LEAST, round(_SHARE * blocks.shape[1])), blocks.shape[1])
    return np.partition(blocks, -count, axis=1)[:, -count:].mean(1)


def steps(pictures: np.ndarray) -> np.ndarray:
    """[N - 1]: how much each of pictures [N, 3, h, w] differs from the one before it."""
    return distances(pictures[1:], pictures[:-1])


def _blocks(differences: np.ndarray) -> np.ndarray:
    """[N, 3, h // 3, w // 3] means; a picture under three pixels a side is one block."""
    height, width = differences.shape[-2:]
    if min(height, width) < BLOCK:
        return differences.mean((-2, -1), keepdims=True)
    rows, columns = height // BLOCK, width // BLOCK
    cut = differences[..., : rows * BLOCK, : columns * BLOCK]
    across = sum(cut[..., k::BLOCK] for k in range(BLOCK))
    return sum(across[..., k::BLOCK, :] for k in range(BLOCK)) * np.float32(1 / BLOCK**2)
