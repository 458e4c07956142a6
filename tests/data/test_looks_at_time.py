"""Dead time within two frames, cuts within one, black frames to the frame; and what only resembles them is let be."""

import pytest
import staged
from staged import black, camera, faded, lit, noisy, pan

from wannb.data.looks import look
from wannb.data.looks.looking import seen_of

STEP = 4


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("WANNB_CACHE", str(tmp_path / "cache"))


def seen(tmp_path, frames, **how):
    return look(staged.write(tmp_path / "a.mp4", frames, **how))


@pytest.mark.parametrize("step", [1, 4, 10])
@pytest.mark.parametrize(("start", "end"), [(0, 0), (8, 0), (0, 12), (20, 9)])
@pytest.mark.parametrize(("noise", "crf"), [(0, 23), (4, 26)])
def test_standing_about_is_found_within_two_frames(tmp_path, step, start, end, noise, crf):
    moving = [step * i for i in range(30)]
    frames = camera(1, [0] * start + moving + [moving[-1]] * end)
    found = seen(tmp_path, noisy(frames, noise) if noise else frames, crf=crf)
    assert abs(found.still_start - start) <= (2 if start else 3)
    assert abs(found.still_end - end) <= (2 if end else 3)
    assert not found.still and not found.cuts and not found.black


def test_slow_movement_is_no_standing_about(tmp_path):
    found = seen(tmp_path, pan(1, 40, step=0.5))
    assert max(found.still_start, found.still_end) <= 4


@pytest.mark.parametrize(("noise", "crf"), [(0, 23), (3, 28), (6, 34)])
def test_a_clip_in_which_nothing_moves_is_still(tmp_path, noise, crf):
    found = seen(tmp_path, noisy(pan(2, 40, step=0), noise), crf=crf)
    assert found.still and found.still_end == 0 and not found.cuts


CUT = {
    "two scenes": (pan(1, 20) + pan(2, 20), [20]),
    "one scene elsewhere": (pan(1, 20) + pan(1, 20, start=400), [20]),
    "three scenes": (pan(1, 14) + pan(2, 14) + pan(3, 14), [14, 28]),
    "over black": (pan(1, 20) + black(4) + pan(2, 20), [24]),
}
WHOLE = {
    "a pan": pan(1, 40, step=6),
    "a fast pan": pan(1, 16, step=34),
    "a pan that starts and stops": camera(1, [0] * 10 + [25 * i for i in range(12)] + [275] * 10),
    "a flash": pan(1, 20) + lit(pan(1, 1, start=60), 1, 140) + pan(1, 20, start=63),
    "three bright frames": pan(1, 20) + lit(pan(1, 3, start=60), 1, 120) + pan(1, 20, start=69),
    "a dissolve": pan(1, 16) + faded(pan(1, 10, start=48), pan(2, 10)) + pan(2, 16, start=30),
    "from black": faded(black(14), pan(1, 14)) + pan(1, 20, start=42),
    "black between": pan(1, 20) + black(3) + pan(1, 20, start=69),
    "black at both ends": black(5) + pan(1, 24) + black(5),
    "three times the same": [frame for frame in pan(1, 14, step=9) for _ in range(3)],
}


@pytest.mark.parametrize("name", CUT)
def test_cuts_are_found_to_the_frame(tmp_path, name):
    frames, truth = CUT[name]
    found = seen(tmp_path, frames)
    assert len(found.cuts) == len(truth)
    assert all(abs(cut - at) <= 1 for cut, at in zip(found.cuts, truth, strict=True))


@pytest.mark.parametrize("name", WHOLE)
def test_what_is_one_scene_is_not_cut(tmp_path, name):
    assert not seen(tmp_path, WHOLE[name]).cuts


def test_black_frames_are_counted_and_belong_to_no_standing_about(tmp_path):
    found = seen(tmp_path, black(5) + pan(1, 24) + black(3) + pan(1, 10, start=81) + black(4))
    assert found.black == ((0, 5), (29, 32), (42, 46))
    assert found.still_start <= 7 and found.still_end <= 6
    assert found.moving == (max(5, found.still_start), 46 - max(4, found.still_end))


def test_a_night_shot_is_not_black(tmp_path):
    assert not seen(tmp_path, lit(pan(1, 20), 0.25)).black


def test_a_long_clip_is_judged_piece_by_piece_as_a_short_one(tmp_path, monkeypatch):
    frames = camera(1, [0] * 12 + [STEP * i for i in range(30)]) + camera(2, [STEP * i for i in range(30)] + [116] * 15)
    whole = seen(tmp_path, frames)
    monkeypatch.setattr("wannb.data.looks.watching.TOGETHER", 20)
    _, again = seen_of(staged.write(tmp_path / "b.mp4", frames))
    assert (whole.motion == again.motion).all() and whole.cuts == again.cuts == (42,)
    assert (whole.still_start, whole.still_end) == (again.still_start, again.still_end)


def test_a_part_is_looked_at_as_a_clip_of_its_own(tmp_path):
    found = seen(tmp_path, black(4) + camera(1, [0] * 12 + [STEP * i for i in range(24)]) + pan(2, 20))
    part = found.part(*found.moving)
    assert part.still_start == 0 and not part.black and part.frames == len(part.brightness) == len(part.motion) + 1
    assert [cut + found.moving[0] for cut in part.cuts] == list(found.cuts)
    after = found.part(found.cuts[0], found.frames)
    assert not after.cuts and after.frames == 20
