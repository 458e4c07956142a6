"""Where the parts of a picture go from one frame to the next.

Lucas and Kanade's least squares (1981) in windows over a pyramid, on pixels that change alone: what stands still
behind a small object says nothing about it.
"""

from dataclasses import dataclass

import numpy as np

CELL = 4
"""Pixels a side of the cells that a field is given for."""
_REACH = 2
"""Cells to either side that a cell's window takes in: 5 × 4 pixels of 64 see a whole small object."""
_ROUNDS = ((2, 4), (1, 2))
"""(how many times smaller, rounds of least squares) from the coarsest level to the finest."""
_FARTHEST = 14.0
_CHANGED = 4.0
"""Levels of 255 by which a pixel has to change to count."""
_EXPLAINED = 0.4
"""Of a window's change, what its movement has to explain at the least: noise that boils goes nowhere."""


@dataclass(frozen=True)
class Flow:
    """v: float32 [P, gh, gw, 2] pixels (right, down) from one frame to the next, 0 where nothing is known to move.
    weight: [P, gh, gw] share of each cell's pixels that move.  changed: [P] share of all pixels that change.
    lost: [P] share of the changed cells whose change no movement explains."""

    v: np.ndarray
    weight: np.ndarray
    changed: np.ndarray
    lost: np.ndarray


def flow(grey: np.ndarray) -> Flow:
    """grey: float32 [F, h, w], sides multiples of 4 -> the flow of its P = F - 1 pairs of frames."""
    a, b = _smoothed(grey[:-1]), _smoothed(grey[1:])
    difference = b - a
    light = np.median(difference.reshape(len(a), -1), axis=1)[:, None, None] if len(a) else 0.0
    b, difference = b - light, difference - light
    changed = np.abs(difference) > _CHANGED
    near = _grown(changed)
    v = np.zeros((len(a), a.shape[1] // CELL, a.shape[2] // CELL, 2), np.float32)
    for factor, rounds in _ROUNDS:
        v = _refined(_shrunk(a, factor), _shrunk(b, factor), _shrunk(near, factor) > 0, v, factor, rounds)
    before = _windows(_cells(near * difference**2, CELL))
    after = _windows(_cells(near * (moved(b, v) - a) ** 2, CELL))
    found = (after < (1 - _EXPLAINED) * before) & (np.hypot(v[..., 0], v[..., 1]) < _FARTHEST)
    amount = _cells(near, CELL) / CELL**2
    counted = np.maximum(amount.sum((1, 2)), 1e-9)
    v = np.where(found[..., None] & (amount > 0)[..., None], v, 0)
    lost = (amount * ~found).sum((1, 2)) / counted
    return Flow(v, amount * found, changed.mean((1, 2)), np.where(counted > 1e-6, lost, 0.0))


def moved(pictures: np.ndarray, v: np.ndarray) -> np.ndarray:
    """pictures [P, h, w] as they were before each pixel moved by its cell's v [P, gh, gw, 2], in pixels."""
    count, height, width = pictures.shape
    v = _spread(v, height, width)
    y = np.clip(np.arange(height, dtype=np.float32)[None, :, None] + v[..., 1], 0, height - 1.001)
    x = np.clip(np.arange(width, dtype=np.float32)[None, None, :] + v[..., 0], 0, width - 1.001)
    row, column = y.astype(np.int32), x.astype(np.int32)
    down, right = y - row, x - column
    at = row * width + column + (np.arange(count, dtype=np.int32) * height * width)[:, None, None]
    flat = pictures.ravel()
    corner = [flat.take(at + step) for step in (0, 1, width, width + 1)]
    top = corner[0] + right * (corner[1] - corner[0])
    bottom = corner[2] + right * (corner[3] - corner[2])
    return top + down * (bottom - top)


def _refined(a, b, near, v: np.ndarray, factor: int, rounds: int) -> np.ndarray:
    """`v` after some rounds of least squares on pictures that are `factor` times smaller."""
    gy, gx = np.gradient(a, axis=1), np.gradient(a, axis=2)
    gx, gy = gx * near, gy * near
    size = CELL // factor
    xx, xy, yy = (_windows(_cells(one, size)) for one in (gx * gx, gx * gy, gy * gy))
    ridge = 0.02 * (xx + yy) + 1e-3  # an edge alone says nothing of the way along it: stay where we are there
    xx, yy = xx + ridge, yy + ridge
    scale = xx * yy - xy * xy
    for _ in range(rounds):
        left = moved(b, v / factor) - a
        bx, by = (_windows(_cells(one * left, size)) for one in (gx, gy))
        step = np.stack([(xy * by - yy * bx) / scale, (xy * bx - xx * by) / scale], axis=-1)
        v = v + np.clip(step, -2, 2) * factor
    return v


def _spread(v: np.ndarray, height: int, width: int) -> np.ndarray:
    """v [P, gh, gw, 2] at every pixel."""
    return v.repeat(height // v.shape[1], axis=1).repeat(width // v.shape[2], axis=2)


def _cells(values: np.ndarray, size: int) -> np.ndarray:
    """Sums over cells of `size` pixels a side."""
    rows = sum(values[:, k::size] for k in range(size))
    return sum(rows[:, :, k::size] for k in range(size)).astype(np.float32, copy=False)


def _windows(values: np.ndarray) -> np.ndarray:
    """Sums over each cell and those within `_REACH` of it."""
    for axis in (1, 2):
        pad = [(0, 0)] * 3
        pad[axis] = (_REACH + 1, _REACH)
        sums = np.cumsum(np.pad(values, pad), axis=axis, dtype=np.float64)
        length = values.shape[axis]
        upper = sums.take(range(2 * _REACH + 1, length + 2 * _REACH + 1), axis=axis)
        values = (upper - sums.take(range(length), axis=axis)).astype(np.float32)
    return values


def _shrunk(pictures: np.ndarray, factor: int) -> np.ndarray:
    return pictures if factor == 1 else _cells(pictures, factor) / factor**2


def _smoothed(pictures: np.ndarray) -> np.ndarray:
    """A little blur (1 2 1), which takes the noise off gradients."""
    padded = np.pad(pictures, ((0, 0), (1, 1), (1, 1)), mode="edge")
    rows = padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]
    return (rows[:, :, :-2] + 2 * rows[:, :, 1:-1] + rows[:, :, 2:]) / 16


def _grown(mask: np.ndarray) -> np.ndarray:
    """The mask and the pixels beside it."""
    padded = np.pad(mask, ((0, 0), (1, 1), (1, 1)))
    rows = padded[:, :-2] | padded[:, 1:-1] | padded[:, 2:]
    return rows[:, :, :-2] | rows[:, :, 1:-1] | rows[:, :, 2:]
