"""Random numbers as a function of what they are for: seed, step and purpose, never of what was drawn before."""

from enum import IntEnum

import numpy as np


class Purpose(IntEnum):
    """What a stream is for; the numbers are part of every run's reproducibility and must not change."""

    TIMESTEPS = 1
    NOISE = 2
    ADAPTER = 3
    VALIDATION = 4
    DROPOUT = 5
    RECOVERY = 6


def stream(seed: int, purpose: Purpose, *place: int) -> np.random.Generator:
    """Return the generator of `purpose` at `place` (step, micro-batch …); equal arguments give equal numbers."""
    return np.random.Generator(np.random.Philox(np.random.SeedSequence([seed % 2**64, purpose, *place])))


def seed_for(seed: int, purpose: Purpose, *place: int) -> int:
    """Return a 32-bit seed for libraries that want a number instead of a stream."""
    return int(stream(seed, purpose, *place).integers(2**32))
