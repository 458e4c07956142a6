"""Many steps in few pixels: the least, the greatest and the mean of each bin, so that no extreme is lost."""

import numpy as np

SIZES = (1, 2, 5)


def size_for(steps: int, most: int) -> int:
    """Return the least of 1, 2, 5, 10, 20, … steps a bin that make at most `most` bins of `steps` steps."""
    power = 1
    while True:
        for factor in SIZES:
            if -(-steps // (factor * power)) <= most:
                return factor * power
        power *= 10


def bin_of(step: np.ndarray, size: int) -> np.ndarray:
    """The bin of each step: bin k has the steps k · size + 1 … (k + 1) · size. So bins do not move as a run grows."""
    return (np.asarray(step).astype(np.int64) - 1) // size


def binned(bins: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the bins that have a finite value, ascending, and the least, greatest and mean of each, [n, 3].

    bins: ascending, one for each of `values`.
    """
    good = np.isfinite(values)
    if not good.all():
        bins, values = bins[good], values[good]
    if not len(values):
        return np.empty(0, np.int64), np.empty((0, 3))
    starts = np.concatenate([[0], np.flatnonzero(np.diff(bins)) + 1])
    counts = np.diff([*starts, len(values)])
    sums = np.add.reduceat(values, starts)
    found = [np.minimum.reduceat(values, starts), np.maximum.reduceat(values, starts), sums / counts]
    return bins[starts], np.stack(found, 1)


def cells(bins: np.ndarray, rows: np.ndarray, values: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the bins that have a value, ascending, and the mean of each of `count` rows in each bin, NaN without one,
    [n, count].

    bins: ascending; rows: 0 … count - 1, which row each of `values` belongs to.
    """
    good = np.isfinite(values)
    bins, rows, values = bins[good], rows[good], values[good]
    there, place = np.unique(bins, return_inverse=True)
    index, length = place * count + rows, len(there) * count
    sums, counts = np.bincount(index, values, length), np.bincount(index, minlength=length)
    with np.errstate(invalid="ignore"):
        return there, (sums / counts).reshape(len(there), count)
