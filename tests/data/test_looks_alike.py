"""The same clip twice is found, however it was made; two clips of one kind are not the same."""

from pathlib import Path

import numpy as np
import pytest
import staged
from staged import lit, pan, scaled

from wannb.data.looks import duplicates, findings_of_set, look, look_all

SETS = Path(__file__).resolve().parents[2] / "datasets"


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("WANNB_CACHE", str(tmp_path / "cache"))


def mirrored(frames):
    return [frame[:, ::-1] for frame in frames]


FRAMES = pan(1, 40, step=5)
COPIES = {
    "encoded again": (FRAMES, 34),
    "smaller": (scaled(FRAMES, (120, 80)), 23),
    "larger": (scaled(FRAMES, (288, 192)), 23),
    "lighter": (lit(FRAMES, 1.15, 8), 23),
    "a fifth lighter, highlights gone": (lit(FRAMES, 1.2), 23),
    "lighter all over": (lit(FRAMES, 1.0, 40), 23),
    "cropped a little": (scaled([frame[3:-3, 4:-4] for frame in FRAMES], staged.SIZE), 23),
    "darker": (lit(FRAMES, 0.7), 23),
    "mirrored": (mirrored(FRAMES), 23),
    "trimmed at the start": (FRAMES[5:], 23),
    "trimmed at the end": (FRAMES[:-6], 28),
    "trimmed, mirrored, smaller": (mirrored(scaled(FRAMES[3:-3], (120, 80))), 28),
}


@pytest.mark.parametrize("name", COPIES)
def test_a_copy_is_found(tmp_path, name):
    frames, crf = COPIES[name]
    looks = {
        "first": look(staged.write(tmp_path / "a.mp4", FRAMES)),
        "other": look(staged.write(tmp_path / "b.mp4", pan(7, 40))),
        "copy": look(staged.write(tmp_path / "c.mp4", frames, crf=crf)),
    }
    (found,) = duplicates(looks)
    assert (found.code, found.where, found.evidence["other"]) == ("near-duplicate", "copy", "first")
    assert found.evidence["mirrored"] == ("mirrored" in name)


def test_another_way_through_the_same_scene_is_no_copy(tmp_path):
    further, slower = pan(1, 40, step=5, start=220), pan(1, 40, step=2)
    ways = {"there": FRAMES, "back": FRAMES[::-1], "further": further, "slower": slower}
    assert not duplicates({name: look(staged.write(tmp_path / f"{name}.mp4", way)) for name, way in ways.items()})


@pytest.mark.parametrize("name", ["orbit", "duotone", "frung"])
def test_the_bundled_sets_have_no_copies(name):
    looks = look_all(sorted((SETS / name).glob("*.mp4")))
    assert len(looks) >= 20 and not duplicates({path.name: seen for path, seen in looks.items()})


def test_plain_grounds_are_not_alike(tmp_path):
    ground = [np.full((64, 64, 3), 90, np.uint8)] * 8
    looks = {name: look(staged.write(tmp_path / f"{name}.mp4", ground)) for name in ("a", "b")}
    assert not duplicates(looks)


def test_many_copies_are_a_warning_few_are_said(tmp_path):
    looks = {str(seed): look(staged.write(tmp_path / f"{seed}.mp4", pan(seed, 16))) for seed in range(6)}
    assert [f.severity for f in duplicates({**looks, "copy": looks["1"]})] == ["info"]
    assert [f.severity for f in duplicates({**looks, "c": looks["1"], "d": looks["2"]})] == ["warning"] * 2


def test_captions_and_sizes_of_a_set():
    captions = {"a": "A red ball", "b": "a red  ball", "c": "a cube", "d": ""}
    (same,) = findings_of_set({}, captions, where="set")
    assert (same.code, same.evidence["clips"]) == ("same-caption", ["a", "b"])
    sizes = {f"{i}": (512, 288) for i in range(11)} | {"tall": (288, 512)}
    (uneven,) = findings_of_set({}, buckets=sizes, where="set")
    assert (uneven.code, uneven.evidence["clips"]) == ("uneven-buckets", ["tall"])
    assert not findings_of_set({}, buckets={f"{i}": ((512, 288), (288, 512))[i % 2] for i in range(12)})
