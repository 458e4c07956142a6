"""Measured clips: the same for the same seed, and held out with everything that shows them."""

from dataclasses import dataclass

import pytest

from wannb.data.held_out import measured, split
from wannb.refusal import Refusal


@dataclass(frozen=True)
class Seen:
    """What the choice looks at."""

    source: str
    content: str
    name: str = ""
    frames: tuple = (0, 1, 2, 3, 4)
    flip_x: bool = False
    flip_y: bool = False
    is_reg: bool = False
    dataset: int = 0


def pool(count=10):
    """Clips in two sizes, each also flipped, with images and a regularization set."""
    clips = [Seen(f"{i}.mp4", f"#{i}", size, flip_x=x) for i in range(count) for size in "sl" for x in (False, True)]
    images = [Seen(f"{i}.png", f"i{i}", "s", frames=(0,)) for i in range(5)]
    return images + clips + [Seen(f"{i}.mp4", f"r{i}", "s", is_reg=True, dataset=1) for i in range(5)]


def test_one_plain_item_of_each_file_and_nothing_of_it_is_kept():
    for seed in range(20):
        kept, held = split(pool(), 4, seed)
        assert len({item.content for item in held}) == len(held) == 4
        assert all(item.name == "s" and not item.flip_x and not item.is_reg and len(item.frames) > 1 for item in held)
        assert not {item.content for item in kept} & {item.content for item in held}
        assert len(kept) == len(pool()) - 4 * 4 and held == measured(pool(), 4, seed)


def test_the_choice_follows_seed_and_name_alone():
    chosen = [{item.source for item in measured(pool(), 4, seed)} for seed in range(30)]
    assert chosen == [{item.source for item in measured(pool()[::-1], 4, seed)} for seed in range(30)]
    assert len(set(map(frozenset, chosen))) > 20 and set().union(*chosen) == {f"{i}.mp4" for i in range(10)}
    for seed, before in enumerate(chosen):
        assert len(before - {item.source for item in measured(pool(11), 4, seed)}) <= 1


def test_a_copy_is_held_out_with_its_original():
    items = [Seen("a.mp4", "#a"), Seen("b.mp4", "#b"), Seen("copy of a.mp4", "#a", dataset=1)]
    for seed in range(10):
        kept, held = split(items, 1, seed)
        assert {item.content for item in kept}.isdisjoint(item.content for item in held)


def test_images_only_where_nothing_moves():
    images = [Seen(f"{i}.png", f"i{i}", frames=(0,)) for i in range(5)]
    assert len(measured(images, 3, 1)) == 3 and len(measured(images, 30, 1)) == 5
    kept, held = split([*images, Seen("a.mp4", "#a")], 1, 1)
    assert [item.source for item in held] == ["a.mp4"] and kept == images


def test_nothing_left_to_learn_from_is_refused():
    only = [Seen("a.mp4", "#a"), Seen("r.mp4", "#r", is_reg=True)]
    with pytest.raises(Refusal, match="none to learn from"):
        split(only, 1, 1)
    assert len(measured(only, 1, 1)) == 1
