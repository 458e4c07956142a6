"""Decision 2: sliced exactly to the expert, both ends reachable, stratified, never rejected."""

import numpy as np
import pytest

from wannb.train import timesteps
from wannb.train.randomness import Purpose, stream


class Fixed:
    """Numbers of no chance: the offset given, the order kept."""

    def __init__(self, offset: int):
        self.offset = offset

    def integers(self, high, endpoint):
        return self.offset

    def permutation(self, count):
        return np.arange(count)


def drawn(expert, boundary, count, steps):
    draws = [timesteps.draw(expert, boundary, count, stream(7, Purpose.TIMESTEPS, step)) for step in range(steps)]
    return np.array(draws)


@pytest.mark.parametrize("boundary", [0.875, 0.9, 0.417])
@pytest.mark.parametrize("expert", ["high", "low"])
def test_both_ends_of_the_expert_can_occur(expert, boundary):
    lowest, highest = timesteps.expert_range(expert, boundary)
    assert timesteps.draw(expert, boundary, 4, Fixed(0))[0] == np.float32(lowest)
    assert timesteps.draw(expert, boundary, 4, Fixed(2**24))[-1] == np.float32(highest)
    assert drawn(expert, boundary, 1, 500).min() >= np.float32(lowest)
    assert drawn(expert, boundary, 1, 500).max() <= np.float32(highest)


@pytest.mark.parametrize("expert", ["high", "low"])
def test_linear_is_even_over_the_expert(expert):
    lowest, highest = timesteps.expert_range(expert, 0.9)
    share = (drawn(expert, 0.9, 1, 4000).ravel() - lowest) / (highest - lowest)
    assert np.abs(np.sort(share) - np.linspace(0, 1, 4000)).max() < 1.36 / np.sqrt(4000) * 1.5  # Kolmogorov-Smirnov


def test_every_step_covers_every_stratum_once_and_every_position_sees_all():
    strata = (drawn("low", 0.9, 4, 400) / 900 * 4).astype(int)
    assert (np.sort(strata, axis=1) == np.arange(4)).all()
    assert all(set(position) == {0, 1, 2, 3} for position in strata.T)


def test_a_table_keeps_its_shape_inside_the_range(monkeypatch):
    squared = np.linspace(0, 1, 1001) ** 2 * 1000  # density falls with t
    monkeypatch.setitem(timesteps.TABLES, "squared", squared)
    numbers = [timesteps.draw("high", 0.875, 8, stream(1, Purpose.TIMESTEPS, s), "squared") for s in range(500)]
    whole = np.random.default_rng(0).random(400_000) ** 2 * 1000
    inside = whole[whole >= 875]  # the independent way: reject what is outside
    assert np.percentile(numbers, [10, 50, 90]) == pytest.approx(np.percentile(inside, [10, 50, 90]), abs=1)


def test_a_step_is_a_function_of_its_number():
    assert (drawn("high", 0.9, 4, 5)[3] == timesteps.draw("high", 0.9, 4, stream(7, Purpose.TIMESTEPS, 3))).all()
