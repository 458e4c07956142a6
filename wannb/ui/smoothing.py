"""Smoothing of noisy curves."""

from collections.abc import Sequence


def smoothed(values: Sequence[float], keep: float = 0.95) -> list[float]:
    """Return the exponential moving average of `values`, with Adam's correction for its start (arXiv 1412.6980, 3).

    keep: the share of the old average at each step; 0.95 looks back over some 20 values.
    """
    average, weight, result = 0.0, 0.0, []
    for value in values:
        average = keep * average + (1 - keep) * value
        weight = keep * weight + (1 - keep)
        result.append(average / weight)
    return result
