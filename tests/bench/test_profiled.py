"""What bench.profiled says of a card that had nothing to do, against a count of every moment."""

import random

import pytest

from bench.profiled import gaps


@pytest.mark.parametrize("seed", range(20))
def test_gaps_are_the_moments_without_a_kernel(seed: int) -> None:
    draw = random.Random(seed)
    starts = [draw.randint(0, 80) for _ in range(draw.randint(1, 12))]
    spans = [(start, start + draw.randint(1, 15), f"kernel {number}") for number, start in enumerate(starts)]
    busy = {moment for start, end, _ in spans for moment in range(start, end)}
    free = set(range(min(busy), max(busy))) - busy
    found = list(gaps(spans))
    assert sum(one.seconds for one in found) == len(free)
    ends = {name: end for _, end, name in spans}
    begins = {name: start for start, _, name in spans}
    for one in found:
        assert set(range(ends[one.after], begins[one.before])) <= free and one.seconds > 0


def test_a_profile_without_kernels_has_none() -> None:
    assert not list(gaps([]))
