"""Which frames, and at what size: against brute force and the sizes that AI Toolkit is known to give."""

import random
from fractions import Fraction

import pytest

from wannb.data import frames
from wannb.data.buckets import bucket


def test_picks_are_the_nearest_to_even_places():
    for count in [1, 2, 3, 5, 17, 40, 41, 300]:
        for wanted in [2, 5, 17, 33, 41, 81]:
            picked = frames.pick(count, wanted)
            assert len(picked) == wanted and picked[0] == 0 and picked[-1] == count - 1
            assert picked == sorted(picked)
            for i, index in enumerate(picked):
                assert abs(Fraction(i * (count - 1), wanted - 1) - index) <= Fraction(1, 2)
    assert frames.pick(41, 41) == list(range(41))
    assert frames.pick(81, 41) == list(range(0, 81, 2))
    assert frames.pick(300, 1) == [0]


def test_short_clips_repeat_frames_and_show_each():
    assert set(frames.pick(10, 41)) == set(range(10))


@pytest.mark.parametrize(("count", "nearest"), [(40, (37, 41)), (42, (41, 45)), (2, (1, 5)), (80, (77, 81))])
def test_counts_off_4n1_have_two_neighbours(count, nearest):
    assert not frames.fits_vae(count) and frames.nearest_counts(count) == nearest
    assert all(frames.fits_vae(n) for n in nearest)


def test_stretch_is_one_for_a_clip_of_wans_own_pace():
    assert frames.stretch(41, 16, 41) == 1
    assert frames.stretch(81, 32, 41) == 1
    assert frames.stretch(310, 30, 41) == pytest.approx(309 / 30 / 2.5)


@pytest.mark.parametrize(
    ("source", "sizes"),
    [
        ((1920, 1080), [(672, 384), (1024, 576), (1360, 768)]),
        ((832, 480), [(672, 384), (832, 480), (832, 480)]),
        ((1080, 1920), [(384, 672), (576, 1024), (768, 1360)]),
        ((64, 64), [(64, 64)] * 3),
    ],
)
def test_known_sizes(source, sizes):
    assert [bucket(*source, resolution) for resolution in (512, 768, 1024)] == sizes


def by_search(width, height, resolution):
    """The rule by exact arithmetic over every size near the wished one."""
    area = min(width * height, resolution**2)
    wished = [(Fraction(area) * a / b) for a, b in ((width, height), (height, width))]
    near = [[n for n in range(16, side + 1, 16) if (n - 16) ** 2 < w < (n + 16) ** 2]
            for w, side in zip(wished, (width, height), strict=True)]  # fmt: skip
    sizes = [(w, h) for w in near[0] for h in near[1] if w * h <= resolution**2]
    return min(abs(w * h - area) for w, h in sizes)


def test_any_source_gets_multiples_of_16_within_itself_and_the_resolution():
    draw = random.Random(5)
    for _ in range(3000):
        width, height = draw.randint(16, 4000), draw.randint(16, 4000)
        resolution = draw.choice([64, 256, 512, 768, 1024, 1280])
        w, h = bucket(width, height, resolution)
        assert w % 16 == h % 16 == 0 and 16 <= w <= width and 16 <= h <= height
        assert w * h <= resolution**2
        if max(width, height) < 4 * min(width, height) and min(width, height) >= 64:
            assert abs(w * h - min(width * height, resolution**2)) == by_search(width, height, resolution)


def test_slivers_still_fit():
    assert bucket(4000, 16, 64) == (256, 16)
    assert bucket(20, 4000, 64) == (16, 256)


def test_under_16_pixels_there_is_no_size():
    with pytest.raises(ValueError):
        bucket(15, 400, 512)
