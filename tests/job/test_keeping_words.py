"""What blocks keep fills the room that there is and never more."""

import random

import pytest

from wannb.job import model
from wannb.job.cost.keeping import AT_WORK, COMPILED, EAGER, KEPT, LADDER, words

LAYERS, HIDDEN = 40, 11_264 * 5120 * 2
KINDS = [(COMPILED, AT_WORK["compiled"]), (EAGER, AT_WORK["eager"])]


def held(chosen, sizes, at_work):
    return HIDDEN * (at_work + sum(sizes[word] for word in chosen))


@pytest.mark.parametrize(("sizes", "at_work"), KINDS)
def test_it_fits_and_nothing_more_would(sizes, at_work):
    numbers, order = random.Random(0), list(sizes)
    for _ in range(300):
        room = numbers.uniform(0, 150) * 2**30
        chosen = words(HIDDEN, LAYERS, room, sizes, at_work)
        assert len(chosen) == LAYERS
        if set(chosen) == {order[0]}:
            least = held(chosen, sizes, at_work) - HIDDEN * sizes[order[0]] + HIDDEN * sizes[order[1]]
            assert room < least
            continue
        assert held(chosen, sizes, at_work) <= room
        lowest = min(chosen, key=order.index)
        if lowest != "all":
            higher = order[order.index(lowest) + 1]
            one_more = held(chosen, sizes, at_work) + HIDDEN * (sizes[higher] - sizes[lowest])
            assert one_more > room * (1 - 1e-12)


def test_more_room_never_keeps_less():
    rooms = [gib * 2**30 for gib in range(0, 160, 3)]
    kept = [held(words(HIDDEN, LAYERS, room, LADDER, 45.0), LADDER, 45.0) for room in rooms]
    assert kept == sorted(kept)
    assert words(HIDDEN, LAYERS, rooms[-1], LADDER, 45.0) == ("all",) * LAYERS


def test_inputs_leave_the_card_where_they_do_not_fit():
    chosen = words(HIDDEN, LAYERS, HIDDEN * (45 + 12), LADDER, 45.0)
    assert chosen == ("offloaded",) * 32 + ("inputs",) * 8  # the last ones are needed first
    assert words(HIDDEN, LAYERS, 0, EAGER, 60.0) == ("offloaded",) * LAYERS


def test_the_words_are_those_that_blocks_know():
    assert tuple(COMPILED) == KEPT and set(EAGER) | set(LADDER) <= set(KEPT)
    assert set(model.KEPT) == {"auto", *KEPT}  # what the setting offers
    assert list(COMPILED.values()) == sorted(COMPILED.values())
