"""Every figure on clips whose answer is known."""

import json

import numpy as np
import pytest

from tests.data.drawn_motion import edge, line, orbit, pan, texture
from wannb.data.figures import NAMES, colour_likeness, colours_gained, drift, figures, motion_likeness
from wannb.refusal import Refusal


def _plain(level: int, frames: int = 9) -> np.ndarray:
    return np.full((frames, 64, 64, 3), level, np.uint8)


@pytest.mark.parametrize("speed", [5, 20, 60])
@pytest.mark.parametrize("angle", [0, 90, 210])
def test_a_balls_speed_and_direction(speed, angle):
    found = figures(line(speed, angle, frames=17), 16)
    assert found.motion == pytest.approx(speed, rel=0.1)
    assert abs((found.direction - angle + 180) % 360 - 180) < 5
    assert found.coherence > 0.85 and abs(found.turning) < 20


def test_the_rate_and_the_size_of_the_picture_do_not_change_what_is_a_share_of_the_width():
    wide = figures(line(20, 0, frames=17, size=(128, 96)), 16)
    assert wide.motion == pytest.approx(20, rel=0.15)
    assert figures(line(20, 0, frames=17), 32).motion == pytest.approx(40, rel=0.15)


@pytest.mark.parametrize("degrees", [90, -180, 360])
def test_an_orbit_turns(degrees):
    found = figures(orbit(degrees), 16)
    assert found.turning == pytest.approx(degrees, rel=0.15)
    assert found.motion == pytest.approx(np.pi * abs(degrees) / 720 / 2.0625 * 100, rel=0.15)


@pytest.mark.parametrize(("right", "up"), [(20, 0), (0, -40), (-20, 20)])
def test_a_pan_of_a_texture(right, up):
    found = figures(pan(right, up), 16)
    assert found.motion == pytest.approx(np.hypot(right, up), rel=0.1)
    assert abs((found.direction - np.degrees(np.arctan2(up, right)) + 180) % 360 - 180) < 5
    assert found.moving > 40 > figures(line(20, 0), 16).moving


def test_a_small_object_before_a_still_texture_is_what_moves():
    still = texture()[:64, :64].clip(0, 255)
    moving = line(20, 0, frames=17)
    away = np.abs(moving.astype(int) - (40, 60, 160)).max(-1, keepdims=True) > 40
    found = figures(np.where(away, moving, still).astype(np.uint8), 16)
    assert found.motion == pytest.approx(20, rel=0.3) and abs(found.direction) < 15


def test_flicker_is_the_jump_of_brightness_and_a_fade_has_none():
    clip = line(20, 30).astype(int)
    jumping = clip + 12 * (np.arange(len(clip)) % 2)[:, None, None, None]
    assert figures(jumping.clip(0, 255).astype(np.uint8), 16).flicker == pytest.approx(12, abs=0.5)
    fading = clip + np.arange(len(clip))[:, None, None, None]
    assert figures(fading.clip(0, 255).astype(np.uint8), 16).flicker < 0.2
    assert figures(clip.astype(np.uint8), 16).flicker < 0.2


@pytest.mark.parametrize(("blur", "sharp"), [(1, 37.5), (2, 18.7), (3, 12.5)])
def test_sharpness_is_that_of_the_known_blur(blur, sharp):
    assert figures(edge(blur), 16).sharpness == pytest.approx(sharp, rel=0.15)


def test_grain_is_the_spread_of_the_noise():
    noise = np.random.default_rng(0).normal(0, 6, (5, 64, 64, 1))
    found = figures((128 + noise).round().astype(np.uint8).repeat(3, axis=3), 16)
    assert found.grain == pytest.approx(6, rel=0.15) and found.texture > 3
    assert figures(_plain(128), 16).texture == 0


def test_brightness_saturation_and_palette_of_known_colours():
    clip = np.zeros((3, 64, 64, 3), np.uint8)
    clip[:, :, :16], clip[:, :, 16:] = (255, 0, 0), (100, 100, 100)
    found = figures(clip, 16)
    assert found.brightness == pytest.approx(0.25 * 0.299 * 255 + 0.75 * 100, abs=0.1)
    assert found.saturation == pytest.approx(25, abs=0.1)
    assert found.palette == (((100, 100, 100), 75.0), ((255, 0, 0), 25.0))


def test_what_does_not_move_or_has_no_motion_is_zero_or_none():
    still = figures(_plain(90), 16)
    assert still.motion == 0 and still.direction is None and still.turning is None and still.flicker == 0
    one = figures(line(20, 0)[:1], 16)
    assert one.motion is None and one.flicker is None and one.sharpness is not None
    noise = np.random.default_rng(0).integers(0, 255, (9, 64, 64, 3), dtype=np.uint8)
    assert figures(noise, 16).motion is None


def test_a_cut_is_no_motion():
    clip = line(20, 0, frames=17)
    other = texture(seed=1)[:64, :64].clip(0, 255).astype(np.uint8)
    cut = np.concatenate([clip, other[None].repeat(9, axis=0)])
    assert figures(cut, 16).motion < 30


@pytest.mark.parametrize("shape", [(1, 1, 1), (2, 3, 200), (1, 64, 64), (7, 30, 17)])
def test_nothing_is_ever_no_number(shape):
    numbers = np.random.default_rng(1)
    for clip in (np.zeros((*shape, 3), np.uint8), numbers.integers(0, 255, (*shape, 3), dtype=np.uint8)):
        found = figures(clip, 16)
        told = json.dumps(found.to_dict(), allow_nan=False)
        assert set(json.loads(told)) - {"palette"} <= set(NAMES)
        assert np.isfinite(drift(found, figures(_plain(0), 16)))
        assert motion_likeness(found, [figures(line(20, 0), 16)]) >= 0


def test_other_arrays_and_rates_are_refused():
    for clip, fps in ((np.zeros((1, 8, 8, 3)), 16), (np.zeros((0, 8, 8, 3), np.uint8), 16), (_plain(0), 0)):
        with pytest.raises(Refusal):
            figures(clip, fps)


def test_motion_likeness_tells_orbits_from_lines_and_halves():
    training = [figures(orbit(360, start), 16) for start in (0, 120, 240)]
    assert motion_likeness(figures(orbit(360, 60), 16), training) > 90
    assert motion_likeness(figures(line(40, 0), 16), training) < 25
    assert motion_likeness(figures(orbit(-360), 16), training) < 25
    assert motion_likeness(figures(_plain(9), 16), training) < 5
    half = motion_likeness(figures(line(10, 0), 16), [figures(line(20, 0), 16)])
    assert half == pytest.approx(80, abs=8)


def test_where_all_go_one_way_the_way_counts():
    training = [figures(line(20, angle), 16) for angle in (-5, 0, 5)]
    assert motion_likeness(figures(line(20, 0), 16), training) > 90
    assert motion_likeness(figures(line(20, 180), 16), training) < 10


def test_drift_is_the_difference_in_per_cent_of_full_scale():
    base = figures(_plain(100), 16)
    assert drift(figures(_plain(151, frames=5), 16), base) == pytest.approx(20)
    assert drift(base, base) == 0


def test_colour_likeness_and_what_of_the_colours_is_gained():
    base, taught = figures(_plain(0), 16), figures(line(20, 0), 16)
    assert colour_likeness(taught, [base, taught]) == pytest.approx(100)
    assert colour_likeness(base, [taught]) < 5
    assert colours_gained(taught, base, [base], [taught]) == pytest.approx(100)
    assert colours_gained(base, base, [base], [taught]) == 0
    assert colour_likeness(base, []) is None and motion_likeness(base, [base]) is None
