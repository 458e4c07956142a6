"""Dark pictures have their bars measured, what is soft or aslant is no bar, and a light switched on is no cut."""

from itertools import product

import numpy as np
import pytest
import staged
from staged import SIZE, barred, lit, pan

from wannb.data.looks.looking import seen_of

W, H = SIZE
Y, X = np.mgrid[-1 : 1 : H * 1j, -1 : 1 : W * 1j]


def seen(tmp_path, frames, **how):
    return seen_of(staged.write(tmp_path / "a.mp4", frames, **how))[1]


BOXES = {"letterbox": (0, 16, W, H - 16), "thin letterbox": (0, 6, W, H - 6), "above": (0, 20, W, H)}


@pytest.mark.parametrize(("seed", "gain", "name"), list(product((1, 2), (0.08, 0.18), BOXES)))
@pytest.mark.parametrize(("level", "crf"), [(0, 23), (6, 30)])
def test_bars_around_a_dark_picture_are_measured_within_two_pixels(tmp_path, seed, gain, name, level, crf):
    box = seen(tmp_path, barred(lit(pan(seed, 12), gain, level), BOXES[name], level), crf=crf).box
    assert box and max(abs(a - b) for a, b in zip(box, BOXES[name], strict=True)) <= 2


SHADES = {
    "a sky that darkens": np.clip((Y + 0.6) * 6, 0, 1),
    "a floor in the dark": np.clip((0.5 - Y) * 4, 0, 1),
    "an edge aslant": np.where(Y + 0.06 * X > -0.5, 1, 0),
    "a light through a door": np.clip((0.6 - np.abs(X)) * 6, 0, 1),
    "hills": np.where(Y + 0.2 * np.sin(3 * X) > -0.3, 1, 0.03),
}


@pytest.mark.parametrize(("name", "gain"), list(product(SHADES, (0.2, 1.0))))
def test_what_is_dark_and_soft_or_aslant_is_no_bar(tmp_path, name, gain):
    frames = [(frame * SHADES[name][..., None]).astype(np.uint8) for frame in lit(pan(1, 12), gain)]
    assert seen(tmp_path, frames).box is None


def test_a_thing_on_black_is_no_bar_where_it_ends_straight(tmp_path):
    frames = [np.zeros_like(frame) for frame in pan(1, 12)]
    for frame, picture in zip(frames, lit(pan(1, 12), 0.4), strict=True):
        frame[70:110] = picture[70:110]
    assert seen(tmp_path, frames).box is None


LIGHTS = {
    "all of it": (0.3, 1.0),
    "nearly from black": (0.12, 0.9),
    "a warm lamp": (0.3 * np.array([0.7, 0.85, 1.2]), np.array([1.1, 0.95, 0.7])),
    "neon": (0.4, np.array([1.3, 0.4, 0.9])),
    "a lamp in a corner": (0.25, (0.25 + 0.9 * np.exp(-2 * ((X - 0.4) ** 2 + (Y + 0.3) ** 2)))[..., None]),
}


@pytest.mark.parametrize(("name", "step"), list(product(LIGHTS, (0, 2))))
def test_a_light_that_is_switched_on_or_off_is_no_cut(tmp_path, name, step):
    for on, off in (LIGHTS[name], LIGHTS[name][::-1]):
        frames = pan(2, 32, step=step)
        frames = [(f * (on if i < 16 else off)).clip(0, 255).astype(np.uint8) for i, f in enumerate(frames)]
        assert not seen(tmp_path, frames).cuts


@pytest.mark.parametrize(("before", "after"), [(1.0, 1.0), (0.3, 0.3), (1.0, 0.4)])
@pytest.mark.parametrize("other", [dict(seed=12), dict(seed=2, start=300)])
def test_another_scene_in_another_light_is_a_cut(tmp_path, before, after, other):
    found = seen(tmp_path, lit(pan(2, 16), before) + lit(pan(count=16, **other), after), crf=28)
    assert len(found.cuts) == 1 and abs(found.cuts[0] - 16) <= 1
