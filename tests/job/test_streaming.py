"""Which blocks stream, and what of them is on the card."""

from itertools import pairwise

import pytest

from wannb.job.cost.streaming import RING, on_card, streamed


@pytest.mark.parametrize("share", [0.0, 0.1, 0.25, 0.5, 0.9, 1.0])
def test_streamed_blocks_are_spread_evenly(share):
    chosen = streamed(40, share)
    assert len(chosen) == len(set(chosen)) == round(40 * share) and all(0 <= place < 40 for place in chosen)
    gaps = [later - earlier for earlier, later in pairwise(chosen)]
    assert not gaps or max(gaps) - min(gaps) <= 1


def test_what_is_on_the_card_by_hand():
    assert on_card(40, 1.0) == RING / 40
    assert on_card(40, 0.5) == (20 + RING) / 40
    assert on_card(40, 0.05) == on_card(40, 0.0) == 1  # two blocks have as many places
