"""Smoothing of noisy curves."""

from collections.abc import Sequence

import numpy as np

LEAST = 1e-12  # of a value, below which its share in a mean is left out


def smoothed(values: Sequence[float], keep: float = 0.95) -> list[float]:
    """Return the exponential moving average of `values`, with Adam's correction for its start (arXiv 1412.6980, 3).

    keep: the share of the old average at each step; 0.95 looks back over some 20 values.
    """
    return Smoothing(keep).more(np.asarray(values, float)).tolist()


class Smoothing:
    """The moving average of values that come bit by bit."""

    def __init__(self, keep: float) -> None:
        self.keep, self._average, self._count = keep, 0.0, 0

    def more(self, values: np.ndarray) -> np.ndarray:
        """Return the average after each of `values`, float [n]; what is not finite leaves it as it is."""
        good = np.isfinite(values)
        averages = (1 - self.keep) * values[good]
        if len(averages):
            averages[0] += self.keep * self._average
            share, apart = self.keep, 1
            while apart < len(averages) and share > LEAST:  # every pass doubles how far back each mean looks
                averages[apart:] += share * averages[:-apart]
                share, apart = share * share, 2 * apart
            counts = self._count + 1 + np.arange(len(averages))
            self._average, self._count = float(averages[-1]), int(counts[-1])
            averages /= 1 - self.keep**counts
        last = np.maximum.accumulate(np.where(good, np.cumsum(good) - 1, -1))
        return np.where(last < 0, np.nan, np.append(averages, np.nan)[last])
