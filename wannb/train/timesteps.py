"""Which timesteps a step trains on: an inverse-CDF table, sliced to the expert's range, drawn stratified.

A table holds the quantiles of one Timestep Type at evenly spaced probabilities, from t = 0 (clean) to
t = 1000 (noise). Slicing by probability keeps the type's shape inside the expert's range and never rejects.
"""

import numpy as np

TABLES: dict[str, np.ndarray] = {"linear": np.array([0.0, 1000.0])}
"""Timestep Type -> quantiles [n], ascending, of its distribution over 0…1000."""

_GRAIN = 2**24


def expert_range(expert: str, boundary: float) -> tuple[float, float]:
    """Return (lowest, highest) timestep of `expert`: high has [1000·boundary, 1000], low has [0, 1000·boundary]."""
    split = 1000.0 * boundary
    return (split, 1000.0) if expert == "high" else (0.0, split)


def draw(expert: str, boundary: float, count: int, numbers: np.random.Generator, kind: str = "linear") -> np.ndarray:
    """Return `count` timesteps (float32 [count], 0…1000) for one optimizer step of `expert`.

    The range is cut into `count` strata of equal probability; each gives one timestep at the same offset, which
    `numbers` draws anew for every step, and the order is shuffled so that no batch position keeps a stratum.
    Each single timestep is distributed as the table says, and both ends of the range can occur.
    """
    table = TABLES[kind]
    probabilities = np.linspace(0.0, 1.0, len(table))
    lowest, highest = expert_range(expert, boundary)
    first, last = np.interp([lowest, highest], table, probabilities)
    offset = numbers.integers(_GRAIN, endpoint=True) / _GRAIN
    strata = (numbers.permutation(count) + offset) / count
    drawn = np.interp(first + strata * (last - first), probabilities, table)
    return np.clip(drawn, lowest, highest).astype(np.float32)
