"""A folder with the faults of real sets: each gets its sentence, the rest goes on."""

import json
import os
import sys

import numbered
import numpy as np
import pytest
from PIL import Image

from wannb.data import ClipFolder
from wannb.data.video import read_frames


def codes(folder, where=None):
    return {finding.code for finding in folder.findings if where in (None, finding.where)}


@pytest.fixture
def messy(tmp_path):
    root = tmp_path / "set"
    (root / "more").mkdir(parents=True)
    (root / "_aside").mkdir()
    (root / ".hidden").mkdir()
    numbered.write(root / "good.mp4", count=60)
    (root / "good.txt").write_bytes(b"\xef\xbb\xbfa ball turns\r\n")
    (root / "more" / "DEEP.MOV").write_bytes(numbered.write(tmp_path / "a.mov", count=60).read_bytes())
    numbered.write(root / "short.mp4", count=5)
    numbered.write(root / "single.mp4", count=1)
    numbered.write(root / "gif.mp4", codec="gif", pix_fmt="rgb8", container="gif", count=4)
    numbered.write(root / "real.gif", codec="gif", pix_fmt="rgb8", count=4)
    (root / "text.mp4").write_text("hello")
    (root / "empty.mp4").touch()
    (root / "._good.mp4").write_bytes(b"\x00\x05\x16\x07")
    (root / ".hidden" / "x.mp4").write_text("hidden")
    (root / "_aside" / "x.mp4").write_text("aside")
    (root / "old.mpg").write_text("x")
    (root / "lonely.txt").write_text("whose?")
    Image.fromarray(numbered.painted(3)).save(root / "still.png")
    Image.fromarray(np.zeros((12, 300, 3), np.uint8)).save(root / "thin.png")
    return root


def test_every_fault_has_its_sentence(messy):
    folder = ClipFolder(messy, num_frames=17, resolutions=[64, 96])
    assert [c.path.relative_to(messy).as_posix() for c in folder.clips] == [
        "good.mp4", "more/DEEP.MOV", "short.mp4", "still.png"]  # fmt: skip
    refused = {c.path.name: c.findings[0].code for c in folder.refused}
    assert refused == {
        "empty.mp4": "empty", "gif.mp4": "gif", "real.gif": "gif", "single.mp4": "too-short",
        "text.mp4": "unreadable", "thin.png": "too-small",
    }  # fmt: skip
    assert "repeats-frames" in codes(folder, "short.mp4")
    assert "no-caption" in codes(folder, "more/DEEP.MOV")
    assert "unsupported" in codes(folder, "old.mpg")
    assert "orphan-caption" in codes(folder, "lonely.txt")
    assert "set-aside" in codes(folder, "_aside")
    assert not any("hidden" in str(f) or "._good" in str(f) for f in folder.findings)
    assert not [f for f in folder.findings if f.severity == "error"]
    assert all(f.message and "\n" not in f.message for f in folder.findings)


def test_the_report_is_json_and_complete(messy):
    report = json.loads(json.dumps(ClipFolder(messy, num_frames=17, resolutions=[64, 96]).to_dict(), allow_nan=False))
    assert len(report["clips"]) == 10
    wanted = {"path", "ok", "width", "height", "fps", "frames", "seconds", "caption", "picked", "buckets", "findings"}
    assert all(wanted <= set(clip) for clip in report["clips"])
    good = next(clip for clip in report["clips"] if clip["path"].endswith("good.mp4"))
    assert good["ok"] and good["caption"] == "a ball turns" and good["frames"] == 60
    assert good["picked"][0] == 0 and good["picked"][-1] == 59 and len(good["picked"]) == 17
    assert good["buckets"] == [[64, 64], [96, 96]]
    still = next(clip for clip in report["clips"] if clip["path"].endswith("still.png"))
    assert still["picked"] == [0]
    assert {"code", "severity", "where", "message", "fix", "curable", "sets", "evidence"} == set(report["findings"][0])


def test_text_and_table_show_every_clip_and_escape(tmp_path):
    numbered.write(tmp_path / "a.mp4", count=20)
    (tmp_path / "a.txt").write_text("<script>alert(1)</script>")
    folder = ClipFolder(tmp_path, num_frames=17)
    assert "a.mp4" in repr(folder) and "17 frames" in repr(folder)
    assert "&lt;script&gt;" in folder._repr_html_() and "<script>" not in folder._repr_html_()


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="no links here")
def test_links_stay_inside(tmp_path):
    root = tmp_path / "set"
    (root / "sub").mkdir(parents=True)
    outside = tmp_path / "private"
    outside.mkdir()
    numbered.write(outside / "clip.mp4", count=20)
    (outside / "secret").write_text("a password")
    numbered.write(root / "a.mp4", count=20)
    (root / "a.txt").symlink_to(outside / "secret")
    (root / "out.mp4").symlink_to(outside / "clip.mp4")
    (root / "in.mp4").symlink_to(root / "a.mp4")
    (root / "broken.mp4").symlink_to(root / "gone.mp4")
    (root / "sub" / "loop").symlink_to(root)
    folder = ClipFolder(root, num_frames=17)
    assert [c.path.name for c in folder.clips] == ["a.mp4", "in.mp4"]
    assert "password" not in json.dumps(folder.to_dict())
    assert "link-outside" in codes(folder, "out.mp4") and "link-outside" in codes(folder, "a.mp4")
    assert "unreadable" in codes(folder, "broken.mp4") and "linked-folder" in codes(folder, "sub/loop")


def test_a_hugging_face_snapshot_is_links_and_works(tmp_path):
    blobs, snapshot = tmp_path / "blobs", tmp_path / "snapshots" / "abc"
    blobs.mkdir()
    snapshot.mkdir(parents=True)
    numbered.write(blobs / "1f", container="mp4", count=20)
    (blobs / "2e").write_text("a ball")
    (snapshot / "a.mp4").symlink_to(blobs / "1f")
    (snapshot / "a.txt").symlink_to(blobs / "2e")
    (clip,) = ClipFolder(snapshot, num_frames=17).clips
    assert clip.caption == "a ball"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_odd_names_are_read_or_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("12:30.mp4", "100%03d.mp4", "concat:a|b.mp4", "two\nlines.mp4", "\u7ea2.mp4"):
        numbered.write(tmp_path / "plain.mp4", count=20).rename(name)
    os.rename(numbered.write(tmp_path / "plain.mp4", count=20), os.fsencode(tmp_path) + b"/caf\xe9.mp4")
    folder = ClipFolder(".", num_frames=17)
    assert len(folder.clips) == 5 and [c.findings[0].code for c in folder.refused] == ["odd-name"]
    assert all(numbered.number_of(read_frames(c.path, [9])[0]) == 9 for c in folder.clips)
    (repr(folder) + json.dumps(folder.to_dict(), ensure_ascii=False)).encode()


def test_missing_and_empty_folders_are_findings(tmp_path):
    assert codes(ClipFolder(tmp_path / "gone")) == {"no-folder"}
    assert codes(ClipFolder(tmp_path)) == {"no-clips"}
    (tmp_path / "file").touch()
    assert codes(ClipFolder(tmp_path / "file")) == {"no-folder"}
    numbered.write(tmp_path / "a.mp4", count=60)
    off = [f for f in ClipFolder(tmp_path, num_frames=40).findings if f.code == "not-4n1"]
    assert off[0].severity == "error" and "37" in off[0].fix and "41" in off[0].fix


def test_time_warp_names_the_speed(tmp_path):
    numbered.write(tmp_path / "a.mp4", count=200)
    (said,) = [f for f in ClipFolder(tmp_path, num_frames=41).findings if f.code == "time-warp"]
    assert "5.0 times as fast" in said.message
    assert "time-warp" not in codes(ClipFolder(tmp_path, num_frames=197))


def test_images_alone_and_video_as_image(tmp_path):
    Image.fromarray(numbered.painted(3)).save(tmp_path / "a.png")
    numbered.write(tmp_path / "b.mp4", count=20)
    folder = ClipFolder(tmp_path, num_frames=1, resolutions=64, default_caption="x")
    assert [len(c.picked) for c in folder.clips] == [1, 1]
    assert "first-frame-only" in codes(folder, "b.mp4")


def test_the_real_clips_are_all_usable(real_clips):
    folder = ClipFolder(real_clips, num_frames=17, resolutions=[256])
    assert folder.clips and not folder.refused
