"""Student's interval against printed tables, the density's integral, and how often it holds the truth."""

import math

import numpy as np
import pytest

from wannb.train.confidence import compare, student_quantile


@pytest.mark.parametrize(
    ("freedom", "probability", "printed"),
    [(1, 0.975, 12.706), (2, 0.975, 4.303), (3, 0.975, 3.182), (4, 0.95, 2.132), (9, 0.995, 3.25), (999, 0.975, 1.962)],
)
def test_quantiles_are_those_of_the_printed_tables(freedom, probability, printed):
    assert student_quantile(probability, freedom) == pytest.approx(printed, abs=6e-4)


@pytest.mark.parametrize("freedom", [1, 2, 3, 6, 15, 40])
def test_quantiles_invert_the_integral_of_the_density(freedom):
    t = student_quantile(0.975, freedom)
    x = np.linspace(-t, t, 200_001)
    norm = math.gamma((freedom + 1) / 2) / math.gamma(freedom / 2) / math.sqrt(freedom * math.pi)
    assert np.trapezoid(norm * (1 + x**2 / freedom) ** (-(freedom + 1) / 2), x) == pytest.approx(0.95, abs=1e-7)


def test_clips_are_the_units_and_their_own_level_cancels():
    numbers = np.random.default_rng(0)
    before = numbers.random((4, 1)) * 10 + numbers.random((4, 9))
    change = np.array([-0.4, -0.1, -0.3, -0.2])[:, None] + np.linspace(-1, 1, 9)  # mean over timesteps: the column
    difference = compare(before + change, before)
    reach = 3.1824463 * np.std([-0.4, -0.1, -0.3, -0.2], ddof=1) / 2
    ends = (difference.mean, difference.low, difference.high)
    assert ends == pytest.approx((-0.25, -0.25 - reach, -0.25 + reach))


def test_the_interval_holds_the_truth_95_times_of_100():
    numbers = np.random.default_rng(1)
    hits = 0
    for _ in range(4000):
        per_clip = numbers.normal(-0.1, 0.3, (4, 1)) + 0.01 * numbers.normal(size=(4, 9))
        found = compare(per_clip, np.zeros((4, 9)))
        hits += found.low <= -0.1 <= found.high
    assert hits / 4000 == pytest.approx(0.95, abs=3 * math.sqrt(0.95 * 0.05 / 4000))


def test_one_clip_gives_a_mean_and_no_interval():
    found = compare([[0.25] * 9], [[0.5] * 9])
    assert (found.mean, found.low, found.high) == (-0.25, None, None)


def test_nothing_changed_is_nothing_exactly():
    losses = np.random.default_rng(2).random((5, 9))
    assert vars(compare(losses, losses)) == {"mean": 0.0, "low": 0.0, "high": 0.0}
