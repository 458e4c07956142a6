"""What the scores say of clips whose motion and colours are known, drawn here."""

import numpy as np
import pytest

from wannb.scores import character_share, circle, palette_share, track, turned

SIDE, COUNT = 64, 33
BLUE, YELLOW = (30, 60, 200), (240, 200, 40)


def drawn(centres: np.ndarray, radius: float = 8, ground: tuple = BLUE, colour: tuple = YELLOW) -> np.ndarray:
    """A disc at each centre (x, y), soft at its edge, on a plain ground: uint8 [F, 64, 64, 3]."""
    y, x = np.mgrid[:SIDE, :SIDE]
    distance = np.hypot(x - centres[:, 0, None, None], y - centres[:, 1, None, None])
    cover = np.clip(radius + 0.5 - distance, 0, 1)[..., None]
    return (cover * np.array(colour) + (1 - cover) * np.array(ground)).astype(np.uint8)


def arc(degrees: float, radius: float = 18, start: float = 40) -> np.ndarray:
    angles = np.radians(start + np.linspace(0, degrees, COUNT))
    return np.column_stack([32 + radius * np.cos(angles), 32 + radius * np.sin(angles)])


def line(start: tuple, end: tuple) -> np.ndarray:
    return np.linspace(start, end, COUNT)


@pytest.mark.parametrize("degrees", [360, -360, 180, -180, 270, 540])
def test_an_arc_turns_by_its_angle(degrees: float) -> None:
    assert turned(drawn(arc(degrees))) == pytest.approx(abs(degrees), abs=6)


@pytest.mark.parametrize(
    "ends", [((12, 32), (52, 32)), ((32, 12), (32, 52)), ((14, 14), (50, 50)), ((50, 20), (14, 40))]
)
def test_a_straight_line_hardly_turns(ends: tuple) -> None:
    assert turned(drawn(line(*ends))) < 45


@pytest.mark.parametrize("wobble", [0.3, 0.8])
def test_a_line_that_wobbles_hardly_turns(wobble: float) -> None:
    swing = np.column_stack([wobble * np.sin(np.linspace(0, 4 * np.pi, COUNT)), np.zeros(COUNT)])
    assert turned(drawn(line((32, 20), (32, 44)) + swing)) < 60


def test_to_and_fro_is_no_turn() -> None:
    way = 32 + 16 * np.sin(np.linspace(0, 4 * np.pi, COUNT))
    assert turned(drawn(np.column_stack([way, np.full(COUNT, 32.0)]))) < 90


def test_what_stands_still_or_grows_turns_by_nothing() -> None:
    still = line((20, 40), (20, 40))
    assert turned(drawn(still)) == 0
    assert turned(np.concatenate([drawn(still[:1], radius) for radius in np.linspace(4, 14, COUNT)])) == 0


def test_an_object_that_is_lost_turns_by_nothing() -> None:
    frames = drawn(arc(360))
    frames[10:20] = BLUE
    assert turned(frames) == 0
    assert turned(np.full((COUNT, SIDE, SIDE, 3), BLUE, np.uint8)) == 0


def test_the_centre_is_found_to_half_a_pixel_whatever_the_colours() -> None:
    for colours in ((BLUE, YELLOW), ((255, 255, 255), (0, 0, 0)), ((200, 40, 40), (40, 160, 60))):
        assert np.abs(track(drawn(arc(300), ground=colours[0], colour=colours[1])) - arc(300)).max() < 0.5


def test_a_circle_is_fitted_to_a_piece_of_it() -> None:
    centre, radius = circle(arc(120, radius=11))
    assert centre == pytest.approx([32, 32])
    assert radius == pytest.approx(11)


def test_the_palette_is_the_line_between_two_colours_in_the_later_half() -> None:
    dark, light = np.array([0.2, 0.1, 0.4]), np.array([1.0, 0.8, 0.3])
    between = (dark + np.linspace(0, 1, SIDE)[:, None] * (light - dark)) * 255
    frames = np.zeros((8, SIDE, SIDE, 3), np.uint8)
    frames[:] = (0, 255, 0)
    assert palette_share(frames, tuple(dark), tuple(light)) == 0
    frames[4:, :, : SIDE // 4] = between[:, None]
    assert palette_share(frames, tuple(dark), tuple(light)) == pytest.approx(25)


def test_the_character_is_a_hat_right_above_a_body() -> None:
    body, hat = (0.9, 0.5, 0.1), (0.1, 0.2, 0.8)
    frames = np.full((8, SIDE, SIDE, 3), 255, np.uint8)
    frames[:, 34:48, 26:38] = np.array(body) * 255
    assert character_share(frames, body, hat) == 0
    frames[6:, 24:34, 28:36] = np.array(hat) * 255
    assert character_share(frames, body, hat) == 50
    assert character_share(frames[:, ::-1], body, hat) == 0
