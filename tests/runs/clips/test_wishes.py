"""What a wish is the same as and what not, and which files it takes."""

import json
import shutil
from dataclasses import fields, replace

import pytest

from tests.runs.clips.written import made
from wannb.job.samples import Sample
from wannb.refusal import Refusal
from wannb.runs.clips.saved import files_of, pairs, saved_steps
from wannb.runs.clips.wish import Wish

SAMPLE = Sample("a red circle", "blur", 48, 32, 5, 16, 7, 3.0, 2.0, 4, 0.8, None)
WISH = Wish.of(SAMPLE, 20, 10)
OTHER = {
    "high": 10, "low": 20, "high_strength": 0.5, "low_strength": 0.5, "prompt": "a", "negative": "b", "seed": 8,
    "width": 32, "height": 48, "num_frames": 9, "fps": 8, "steps": 5, "guidance_scale": 4.0, "guidance_scale_2": 4.0,
}  # fmt: skip


def test_a_sample_gives_a_wish_its_own_strength():
    assert (WISH.high, WISH.low, WISH.high_strength, WISH.low_strength) == (20, 10, 0.8, 0.8)
    assert (WISH.prompt, WISH.guidance_scale, WISH.guidance_scale_2) == ("a red circle", 3.0, 2.0)
    assert Wish.of(SAMPLE, 1, 1, guidance_scale=5).guidance_scale_2 == 5
    assert Wish.of(SAMPLE, 1, 1, guidance_scale=5, guidance_scale_2=6).guidance_scale_2 == 6


def test_every_field_counts(tmp_path):
    image = tmp_path / "a.png"
    image.write_bytes(b"1")
    changed = [replace(WISH, **{name: value}) for name, value in OTHER.items()] + [replace(WISH, image=image)]
    assert {*OTHER, "image"} == {field.name for field in fields(Wish)}
    assert len({WISH.key, *(wish.key for wish in changed)}) == len(changed) + 1


def test_an_image_counts_by_its_content(tmp_path):
    for name, content in (("a", b"1"), ("b", b"1"), ("c", b"2")):
        (tmp_path / name).write_bytes(content)
    a, b, c, gone = (replace(WISH, image=tmp_path / name).key for name in "abcd")
    assert a == b and len({a, c, gone, WISH.key}) == 4
    (tmp_path / "a").write_bytes(b"other")
    assert replace(WISH, image=tmp_path / "a").key != a


def test_the_base_is_the_base_however_it_is_said():
    bases = [replace(WISH, high=0), replace(WISH, high_strength=0), replace(WISH, high=0, high_strength=0)]
    assert len({wish.key for wish in bases}) == 1
    assert replace(WISH, high=0, low_strength=-0.0).key == WISH.base.key
    assert WISH.settled(("high",)) == replace(WISH, low=0, low_strength=0)


def test_a_wish_survives_json_and_nonsense_is_refused():
    again = Wish.from_dict(json.loads(json.dumps(WISH.to_dict())))
    assert again == WISH and again.key == WISH.key
    assert replace(WISH, guidance_scale=3).key == WISH.key  # 3 is 3.0
    for bad in ({"high": "x"}, {"high": 1.5}, {"guidance_scale": float("nan")}, {"prompt": 3}, {"seed": None}):
        with pytest.raises(Refusal, match="no wish"):
            Wish.from_dict(WISH.to_dict() | bad)
    with pytest.raises(Refusal, match="no wish"):
        Wish.from_dict({})


def test_saved_steps_are_those_of_whole_files(tmp_path):
    run = made(tmp_path, {"high": (5, 10, 15), "low": (5, 15)}, final=20)
    cut = run.dir.checkpoint("low", 15)
    cut.write_bytes(cut.read_bytes()[:-1])
    assert list(saved_steps(run, "high")) == [5, 10, 15, 20] and list(saved_steps(run, "low")) == [5, 20]
    assert saved_steps(run, "low")[20] == run.dir.checkpoint("low")
    assert pairs(run) == [5, 20]
    shutil.copy(run.dir.checkpoint("high"), run.dir.checkpoint("high", 20))
    assert saved_steps(run, "high")[20] == run.dir.checkpoint("high", 20)


def test_a_wish_takes_the_files_of_its_steps(tmp_path):
    run = made(tmp_path, {"high": (5, 10), "low": (5,)})
    high, low = run.dir.checkpoint("high", 10), run.dir.checkpoint("low", 5)
    assert files_of(run, replace(WISH, high=10, low=5)) == {"high": high, "low": low}
    assert files_of(run, replace(WISH, high=10, low=0)) == {"high": high, "low": None}
    assert files_of(run, replace(WISH, high=7, high_strength=0, low=5)) == {"high": None, "low": low}
    with pytest.raises(Refusal, match="no low-noise file of step 10: there are 5"):
        files_of(run, replace(WISH, high=10, low=10))


def test_an_expert_that_is_not_trained_is_the_base(tmp_path):
    run = made(tmp_path, {"high": (5,)}, train_low_noise=False)
    assert pairs(run) == [5]
    assert files_of(run, replace(WISH, high=5, low=5)) == {"high": run.dir.checkpoint("high", 5), "low": None}
