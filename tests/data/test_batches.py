"""The order of the clips is a function of seed, expert and number."""

from collections import Counter
from dataclasses import dataclass

import pytest

from wannb.data.batches import Schedule, dropped


@dataclass
class Drawn:
    """What a schedule looks at."""

    shape: tuple
    weight: float = 1.0
    is_reg: bool = False
    batch_size: int | None = None


def items(*counts):
    return [Drawn((17, 16 * (i + 1), 16)) for i, count in enumerate(counts) for _ in range(count)]


@pytest.mark.parametrize("batch_size", [1, 2, 3, 7])
@pytest.mark.parametrize("counts", [(5,), (4, 1), (3, 6, 2)])
def test_an_epoch_has_every_item_and_one_shape_a_batch(batch_size, counts):
    pool = items(*counts)
    schedule = Schedule(pool, batch_size, seed=3)
    for expert in ("high", "low"):
        for epoch in range(3):
            length = sum(-(-count // batch_size) for count in counts)
            start = epoch * length
            batches = [schedule.batch(expert, k) for k in range(start, start + length)]
            assert all(len(batch) == batch_size for batch in batches)
            assert all(len({pool[i].shape for i in batch}) == 1 for batch in batches)
            seen = Counter(i for batch in batches for i in batch)
            assert set(seen) == set(range(len(pool)))
            # Only what fills a short batch comes twice.
            assert sum(seen.values()) == sum(-(-c // batch_size) * batch_size for c in counts)
            assert schedule.epoch(expert, start) == epoch


def test_a_batch_depends_on_its_number_alone():
    pool = items(7, 5)
    forward = [Schedule(pool, 2, 1).batch("high", k) for k in range(40)]
    schedule = Schedule(pool, 2, 1)
    assert [schedule.batch("high", k) for k in reversed(range(40))] == forward[::-1]
    assert [Schedule(pool, 2, 2).batch("high", k) for k in range(40)] != forward
    assert [schedule.batch("low", k) for k in range(40)] != forward


def test_the_order_is_pinned():
    """The same in every version: a resumed run must draw what the stopped one would have."""
    schedule = Schedule(items(4, 3), 2, 42)
    assert [schedule.batch("high", k) for k in range(8)] == PINNED


PINNED = [[4, 6], [3, 1], [5, 4], [2, 0], [6, 5], [2, 1], [5, 4], [0, 3]]


def test_epochs_differ_and_first_places_are_even():
    schedule = Schedule(items(6), 1, 0)
    first = Counter(schedule.batch("low", 6 * epoch)[0] for epoch in range(1200))
    assert set(first) == set(range(6)) and all(140 < n < 260 for n in first.values())


def test_dropout_has_its_rate_and_its_ends():
    draws = [dropped(1, "high", k, i, 0.1) for k in range(2500) for i in range(4)]
    assert 850 < sum(draws) < 1150
    assert not any(dropped(1, "high", k, 0, 0.0) for k in range(300))
    assert all(dropped(1, "high", k, 0, 1.0) for k in range(300))
    assert draws == [dropped(1, "high", k, i, 0.1) for k in range(2500) for i in range(4)]
