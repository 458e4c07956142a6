"""Which pairs are worth seeing: first along the steps, then around the best."""

import numpy as np

from wannb.runs.choosing.evidence import Expert

MOST = 6
"""Pairs along the steps: the last one, the first one, and others evenly between."""
Pair = tuple[int, int]


def along(experts: dict[str, Expert]) -> list[Pair]:
    """Both experts at one step, each at the newest sound one up to it, newest first."""
    steps = sorted({*experts["high"].saved, *experts["low"].saved})
    at = np.unique(np.linspace(0, len(steps) - 1, min(MOST, len(steps))).round().astype(int)) if steps else []
    found = [(experts["high"].nearest(steps[i]), experts["low"].nearest(steps[i])) for i in at]
    return [pair for pair in dict.fromkeys(found[::-1]) if any(pair)]


def around(pair: Pair, experts: dict[str, Expert]) -> list[Pair]:
    """The pairs in which one expert is a step earlier or later than in `pair`."""
    high, low = pair
    return [(one, low) for one in _beside(high, experts["high"])] + [
        (high, one) for one in _beside(low, experts["low"])
    ]


def _beside(step: int, expert: Expert) -> list[int]:
    steps = expert.sound
    earlier, later = [one for one in steps if one < step], [one for one in steps if one > step]
    return earlier[-1:] + later[:1]
