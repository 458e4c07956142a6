"""Bars within two pixels, and no bars where the picture is only dark."""

import numpy as np
import pytest
import staged
from PIL import Image
from staged import SIZE, barred, black, faded, lit, noisy, pan

from wannb.data.looks import look

W, H = SIZE


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("WANNB_CACHE", str(tmp_path / "cache"))


def box(tmp_path, frames, **how):
    return look(staged.write(tmp_path / "a.mp4", frames, **how)).box


LETTERBOX, PILLARBOX, FRAMED = (0, 16, W, H - 16), (24, 0, W - 24, H), (20, 12, W - 20, H - 12)
UNEVEN, ABOVE, LEFT = (0, 17, W, H - 15), (0, 20, W, H), (30, 0, W, H)


@pytest.mark.parametrize("inside", [LETTERBOX, PILLARBOX, FRAMED, UNEVEN, ABOVE, LEFT])
@pytest.mark.parametrize(("level", "noise", "crf"), [(0, 0, 23), (16, 0, 28), (26, 2, 23), (6, 0, 34)])
def test_bars_are_measured_within_two_pixels(tmp_path, inside, level, noise, crf):
    found = box(tmp_path, noisy(barred(pan(1, 24), inside, level), noise), crf=crf)
    assert found and max(abs(a - b) for a, b in zip(found, inside, strict=True)) <= 2


def test_bars_are_seen_through_a_fade_and_in_images(tmp_path):
    frames = barred(pan(1, 30), LETTERBOX)
    assert box(tmp_path, faded(black(15), frames[:15]) + frames[15:]) == LETTERBOX
    Image.fromarray(frames[0]).save(tmp_path / "a.png")
    assert look(tmp_path / "a.png").box == LETTERBOX


def shaded(frames, shade):
    return [(frame * shade[..., None]).astype(np.uint8) for frame in frames]


Y, X = np.mgrid[-1 : 1 : H * 1j, -1 : 1 : W * 1j]


def square(horizontally):
    """A bright square that crosses black from side to side: where it passed lies a straight band."""
    frames = black(0)
    for i in range(30):
        frame = np.zeros((H, W, 3), np.uint8)
        x, y = (i * (W - 40) // 29, 44) if horizontally else (76, i * (H - 40) // 29)
        frame[y : y + 40, x : x + 40] = (220, 180, 60)
        frames.append(frame)
    return frames


DARK = {
    "a scene": pan(1, 24),
    "a night": lit(pan(1, 24), 0.2),
    "a vignette": shaded(pan(1, 24), np.clip(1 - 0.7 * (X**2 + Y**2), 0, 1)),
    "a hard vignette": shaded(pan(1, 24), np.clip(1.3 - 1.3 * (X**2 + Y**2), 0, 1)),
    "a spot light": shaded(pan(1, 24), (X**2 + Y**2 < 0.5).astype(float)),
    "a fade": faded(black(24), pan(1, 24)),
    "bars for a while": barred(pan(1, 18), LETTERBOX) + pan(1, 6, start=54),
    "a square from left to right": square(True),
    "a square from top to bottom": square(False),
    "black": black(20),
}


@pytest.mark.parametrize("name", DARK)
def test_what_is_dark_at_its_rim_has_no_bars(tmp_path, name):
    assert box(tmp_path, DARK[name]) is None
