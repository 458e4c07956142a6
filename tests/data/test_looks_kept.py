"""Looks are remembered while the file is the same, taken by many processes, and nothing kept is trusted blindly."""

import json
import os
import time

import numpy as np
import pytest
import staged
from staged import barred, black, camera, pan

from wannb.data import video
from wannb.data.apart import Worker
from wannb.data.looks import findings_of, look, look_all, pool, remembered
from wannb.data.picking import FrameMode
from wannb.data.unusable import Unusable


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("WANNB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(remembered, "_KNOWN", {})
    monkeypatch.setattr(video, "_KNOWN", {})
    return tmp_path / "cache"


def same(a, b):
    names = ("frames", "fps", "cuts", "still_start", "still_end", "black", "box")
    return all(getattr(a, name) == getattr(b, name) for name in names) and all(
        np.array_equal(x, y)
        for x, y in (
            (a.motion, b.motion),
            (a.brightness, b.brightness),
            (a.signature.luma, b.signature.luma),
            (a.signature.tint, b.signature.tint),
        )
    )


def forget():
    remembered._KNOWN.clear()
    video._KNOWN.clear()


def test_a_look_comes_back_from_the_disk_and_answers_the_probe(tmp_path, monkeypatch):
    path = staged.write(tmp_path / "a.mp4", barred(black(3) + pan(1, 20), (0, 20, 192, 108)))
    first, facts = look(path), video.probe(path)
    forget()
    monkeypatch.setattr(Worker, "ask", lambda *_: pytest.fail("decoded again"))
    assert same(first, look(path)) and video.probe(path) == facts and first.box and first.black


def test_the_look_counts_as_the_probe_does(tmp_path):
    path = staged.write(tmp_path / "a.mp4", pan(1, 20))
    data = path.read_bytes()
    path.write_bytes(data[: len(data) - 900])
    try:
        seen = look(path)
    except Unusable as why:
        with pytest.raises(Unusable, match=why.message[:20]):
            video.probe(path)
    else:
        assert seen.frames == video.probe(path).frames == len(seen.brightness)


def test_a_changed_file_is_looked_at_again(tmp_path):
    path = staged.write(tmp_path / "a.mp4", pan(1, 20))
    assert look(path).frames == 20
    staged.write(path, pan(2, 12))
    assert look(path).frames == 12


@pytest.mark.parametrize("spoilt", [b"", b"{}\n", b'{"facts": 3}\n', b"\x80\x04pickle", b"[]\n"])
def test_a_spoilt_memory_is_forgotten(tmp_path, own_cache, spoilt):
    path = staged.write(tmp_path / "a.mp4", pan(1, 12))
    first = look(path)
    (kept,) = own_cache.rglob("*.look")
    kept.write_bytes(spoilt)
    forget()
    assert same(first, look(path))
    kept.write_bytes(kept.read_bytes()[:-50])
    forget()
    assert same(first, look(path))


def test_without_a_place_to_keep_them_looks_are_taken_all_the_same(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("WANNB_CACHE", str(tmp_path / "file"))
    assert look(staged.write(tmp_path / "a.mp4", pan(1, 12))).frames == 12


def test_looks_on_the_disk_are_bounded_and_the_oldest_go_first(tmp_path, own_cache, monkeypatch):
    paths = [staged.write(tmp_path / f"{seed}.mp4", pan(seed, 8)) for seed in range(4)]
    monkeypatch.setattr(remembered, "_written", 1)
    kept = []
    for age, path in zip((400, 300, 200, 100), paths, strict=True):
        look(path)
        (new,) = set(own_cache.rglob("*.look")) - set(kept)
        kept.append(new)
        os.utime(new, (time.time() - age, time.time() - age))
    forget()
    look(paths[0])  # read again, so it is the youngest
    size = sum(file.stat().st_size for file in kept[2:])
    remembered.prune(own_cache / "looks", size + kept[0].stat().st_size)
    assert [file.exists() for file in kept] == [True, False, True, True]
    remembered.prune(own_cache / "looks", 0)
    forget()
    assert not list(own_cache.rglob("*.look")) and look(paths[1]).frames == 8


def test_looks_are_pruned_as_they_are_written(tmp_path, own_cache, monkeypatch):
    monkeypatch.setattr(remembered, "_NOW_AND_THEN", 2)
    monkeypatch.setattr(remembered.prune, "__defaults__", (0,))
    for seed in range(4):
        look(staged.write(tmp_path / f"{seed}.mp4", pan(seed, 8)))
    assert len(list(own_cache.rglob("*.look"))) <= 1


def test_what_cannot_be_read_is_refused_like_the_probe_does(tmp_path):
    for name, data in {"text.mp4": b"no video", "empty.mp4": b"", "moving.gif": b"GIF89a..."}.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(Unusable) as why:
            look(tmp_path / name)
        forget()
        with pytest.raises(Unusable) as probed:
            video.probe(tmp_path / name)
        assert (why.value.code, why.value.message) == (probed.value.code, probed.value.message)
    with pytest.raises(Unusable):
        look(tmp_path / "gone.mp4")


def test_many_are_taken_by_processes_and_are_the_same(tmp_path, monkeypatch):
    paths = [staged.write(tmp_path / f"{seed} ä.mp4", pan(seed, 12)) for seed in range(5)]
    (tmp_path / "no.mp4").write_bytes(b"no video")
    paths += [tmp_path / "no.mp4", tmp_path / "gone.mp4"]
    here = look_all(paths)
    forget()
    for kept in (tmp_path / "cache").rglob("*.look"):
        kept.unlink()
    monkeypatch.setattr(pool, "MANY", 2)
    monkeypatch.setattr(pool, "processors", lambda: 2)
    told = []
    there = look_all(paths, progress=lambda done, of: told.append((done, of)))
    assert told == [(k + 1, 7) for k in range(7)] and list(there) == paths
    assert all(same(here[path], there[path]) for path in paths[:5])
    assert [there[path].message for path in paths[5:]] == [here[path].message for path in paths[5:]]


def test_findings_say_where_and_carry_what_they_say(tmp_path):
    frames = camera(1, [0] * 14 + [4 * i for i in range(20)]) + pan(2, 20) + black(3)
    path = staged.write(tmp_path / "a.mp4", barred(frames, (0, 16, 192, 112)))
    seen, facts = look(path), video.probe(path)
    found = {finding.code: finding for finding in findings_of("a.mp4", seen, facts, FrameMode(41), "motion")}
    assert set(found) == {"static-start", "scene-cut", "black-frames", "bars"}
    assert {finding.severity for finding in found.values()} == {"warning"}
    assert abs(found["static-start"].evidence["frames"] - 14) <= 2 and "0.9 s" in found["static-start"].message
    assert found["scene-cut"].evidence["frames"] == [34] and "frame 34 (2.1 s)" in found["scene-cut"].message
    assert found["black-frames"].evidence["runs"] == [[54, 57]]
    assert found["bars"].evidence["box"] == list(seen.box)
    json.dumps([finding.to_dict() for finding in found.values()])
    assert {f.code for f in findings_of("a.mp4", seen, facts, FrameMode(1))} == {"bars"}


def test_a_still_clip_is_a_warning_for_a_motion_alone(tmp_path):
    path = staged.write(tmp_path / "a.mp4", pan(1, 20, step=0))
    for kind, severity in (("motion", "warning"), ("style", "info"), (None, "warning")):
        (said,) = findings_of("a.mp4", look(path), video.probe(path), FrameMode(17), kind)
        assert (said.code, said.severity) == ("static-clip", severity)
