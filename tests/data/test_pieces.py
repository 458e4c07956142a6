"""Pieces of clips in training: their frames, pictures, masks, first frames and cache entries."""

import json
from dataclasses import replace

import av
import numbered
import numpy as np
import pytest
from PIL import Image

import wannb
from wannb.data import ClipFolder, pixels
from wannb.data.boxes import clipped, locked
from wannb.data.cache import clip_key
from wannb.data.content import digest, file_digest
from wannb.data.edit_checks import of_piece
from wannb.data.edits import Edits
from wannb.data.facts import VideoFacts
from wannb.data.items import items_of
from wannb.data.masks import Mask, weights
from wannb.data.pieces import Piece, facts_of, span
from wannb.data.video import read_frames
from wannb.job import Job
from wannb.refusal import Refusal


@pytest.fixture
def folder(tmp_path):
    return numbered.four(tmp_path / "clips")


def job_of(folder, task="t2v", **settings):
    job = Job.recipe("motion", task=task, data=folder)
    for name, value in ({"num_frames": 17, "resolution": [64]} | settings).items():
        setattr(job.datasets[0], name, value)
    return job


def keys(job):
    return {item.name: clip_key(item, "vae", job.task) for item in items_of(job)[0]}


def numbers(frames):
    return [numbered.number_of(frame) for frame in frames]


@pytest.mark.parametrize("box", [(-5, 3, 70, 60), (0, 0, 1000, 50), (100, 90, 101, 91), (70, 60, 5, 3)])
def test_boxes_stay_inside_and_large_enough(box):
    x0, y0, x1, y1 = clipped(box, 128, 96)
    assert 0 <= x0 <= x1 - 16 and x1 <= 128 and 0 <= y0 <= y1 - 16 and y1 <= 96


@pytest.mark.parametrize("aspect", [832 / 480, 480 / 832, 1.0, 0.2, 5.0])
@pytest.mark.parametrize("box", [(0, 0, 640, 360), (600, 300, 640, 360), (20, 20, 300, 200), (5, 5, 8, 8)])
def test_a_locked_box_has_the_aspect_and_lies_inside(box, aspect):
    x0, y0, x1, y1 = locked(box, aspect, 640, 360)
    assert 0 <= x0 <= x1 - 16 and x1 <= 640 and 0 <= y0 <= y1 - 16 and y1 <= 360
    assert abs((x1 - x0) - aspect * (y1 - y0)) <= max(1, aspect)
    assert locked((x0, y0, x1, y1), aspect, 640, 360) == pytest.approx((x0, y0, x1, y1), abs=2)


MODES = {
    "uniform": {},
    "true rate": {"shrink_video_to_frames": False, "fps": 16},
    "half rate": {"shrink_video_to_frames": False, "fps": 8, "num_frames": 9},
    "windows": {"shrink_video_to_frames": False, "fps": 16, "num_frames": 5},
    "auto": {"auto_frame_count": True, "fps": 16},
    "one frame": {"num_frames": 1},
    "flipped": {"flip_x": True, "flip_y": True},
    "two sizes": {"resolution": [48, 64]},
}


@pytest.mark.parametrize("settings", MODES.values(), ids=MODES)
def test_every_frame_mode_stays_inside_the_piece_and_shows_what_a_cut_file_shows(folder, tmp_path, settings):
    """Reference: files that really hold only the frames and the picture of each piece, lossless."""
    pieces = [Piece(0.5, 2.0, (16, 8, 112, 88)), Piece(2.0, 3.75, (0, 0, 64, 96))]
    Edits.of(folder).set("a.mp4", pieces)
    for name in ("c.mp4", "still.png", "sub/b.mp4"):
        (folder / name).unlink()
    whole = read_frames(folder / "a.mp4", range(64))
    (tmp_path / "cut").mkdir()
    spans = [(8, 32), (32, 60)]
    for i, (piece, (first, stop)) in enumerate(zip(pieces, spans, strict=True)):
        x0, y0, x1, y1 = piece.crop
        lossless(tmp_path / "cut" / f"{i}.avi", whole[first:stop, y0:y1, x0:x1])
    ours, cut = job_of(folder, **settings), job_of(tmp_path / "cut", **settings)
    ours.wannb.windows = cut.wannb.windows = 2
    found, wanted = items_of(ours)[0], items_of(cut)[0]
    assert len(found) == len(wanted) and len({item.name for item in found}) == len(found)
    for one, other in zip(found, wanted, strict=True):
        first, stop = spans[int(other.source[0])]
        assert one.size == other.size and one.frames == tuple(first + i for i in other.frames)
        assert all(first <= index < stop for index in one.frames)
        assert np.array_equal(pixels.load(one), pixels.load(other))


def lossless(path, frames):
    with av.open(str(path), "w") as file:
        stream = file.add_stream("rawvideo", rate=16)
        stream.height, stream.width, stream.pix_fmt = *frames.shape[1:3], "bgr24"
        for i, pixels_ in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels_), format="rgb24").reformat(format="bgr24")
            frame.pts = i
            file.mux(stream.encode(frame))
        file.mux(stream.encode())


def test_what_is_shown_is_what_is_cached(folder):
    Edits.of(folder).set("a.mp4", [Piece(0.5, 2.0, (16, 8, 112, 88)), Piece(2.0, 3.75)])
    job = job_of(folder)
    clips = {clip.name: clip for clip in ClipFolder(folder, 17, [64]).clips}
    for item in items_of(job)[0]:
        clip = next(clip for name, clip in clips.items() if item.name.startswith(f"{name} {item.size[0]}x"))
        assert np.array_equal(pixels.of_clip(clip, clip.picked, item.size), pixels.load(item))


def test_an_edit_changes_exactly_the_affected_entries(folder):
    before = keys(job_of(folder))
    edits = Edits.of(folder)

    def changed():
        after = keys(job_of(folder))
        return {name.split()[0] for name in before.keys() | after.keys() if before.get(name) != after.get(name)}

    assert changed() == set()
    edits.crop("a.mp4", (0, 0, 64, 96))
    assert changed() == {"a.mp4"}
    edits.crop("a.mp4", (2, 0, 66, 96))
    cropped = keys(job_of(folder))
    assert changed() == {"a.mp4"} and len(set(cropped.values()) & set(before.values())) == 3
    edits.trim("sub/b.mp4", 1, 3)
    assert changed() == {"a.mp4", "sub/b.mp4"}
    edits.leave_out("c.mp4")
    assert changed() == {"a.mp4", "sub/b.mp4", "c.mp4"}
    while edits.undo():
        pass
    assert keys(job_of(folder)) == before


def test_keys_of_clips_without_edits_are_as_they_ever_were(folder):
    Edits.of(folder).crop("sub/b.mp4", (0, 0, 64, 64))
    for item in items_of(job_of(folder))[0]:
        parts = (",".join(map(str, item.frames)), f"{item.size[0]}x{item.size[1]}", "False", "False")
        plain = digest("pixels-2", file_digest(item.path), *parts)
        assert (item.key == plain) == (item.source != "sub/b.mp4")


@pytest.mark.parametrize("as_video", [False, True])
def test_masks_are_cut_as_their_clips(folder, tmp_path, as_video):
    """Reference: a mask that is cut beforehand."""
    (tmp_path / "masks").mkdir()
    path = tmp_path / "masks" / ("a.mp4" if as_video else "a.png")
    if as_video:
        numbered.write(path, count=64)
    else:
        Image.fromarray(numbered.painted(5)).save(path)
    box, size = (32, 0, 128, 96), (64, 64)
    Edits.of(folder).set("a.mp4", [Piece(0.5, 2.0, box)])
    (item,) = [i for i in items_of(job_of(folder, mask_path=str(tmp_path / "masks")))[0] if i.source == "a.mp4"]
    assert item.size == size
    frames = read_frames(path, item.frames if as_video else [0] * 17)[:, :, 32:]
    lossless(tmp_path / "cut.avi", frames)
    assert np.allclose(weights(item.mask, item.frames, size), weights(Mask(tmp_path / "cut.avi"), range(17), size))


def test_the_first_frame_is_that_of_the_piece(folder, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for name in ("c.mp4", "sub/b.mp4"):
        Edits.of(folder).leave_out(name)
    Edits.of(folder).set("a.mp4", [Piece(1.0, 3.0, (0, 0, 128, 64)), Piece(3.0, 4.0)])
    job = job_of(folder, task="i2v")
    item = items_of(job)[0][0]
    assert numbers(pixels.load(replace(item, size=(128, 64))))[0] == 16
    written = wannb.give_first_frames(job)
    assert written and all(numbered.number_of(np.asarray(Image.open(path))) == 16 for path in written)
    assert {Image.open(path).size for path in written} == {(128, 64)}


def test_clips_left_out_say_so_and_pieces_have_names(folder):
    edits = Edits.of(folder)
    edits.leave_out("c.mp4")
    edits.split("a.mp4", [1.0, 2.0])
    edits.crop("still.png", (0, 0, 64, 96))
    looked = ClipFolder(folder, 17, [64])
    assert [c.name for c in looked.clips] == ["a.mp4 [1/3]", "a.mp4 [2/3]", "a.mp4 [3/3]", "still.png", "sub/b.mp4"]
    (out,) = looked.refused
    assert (out.name, out.findings[0].code, out.findings[0].severity) == ("c.mp4", "left-out", "info")
    assert {c.caption for c in looked.clips[:3]} == {"a ball turns"} and looked.clips[3].facts.width == 64
    json.dumps(looked.to_dict())
    assert "a.mp4 [2/3]" in repr(looked)
    with pytest.raises(Refusal, match="left out"):
        edits.trim("c.mp4", 0, 1)


def test_a_clip_without_a_rate_is_taken_whole_and_says_so():
    facts, piece = VideoFacts(64, 48, 0.0, 30, 0.0, "h264"), Piece(1.0, 2.0, (0, 0, 32, 32))
    assert span(piece, facts) == (0, 30) and facts_of(piece, facts).frames == 30
    assert (facts_of(piece, facts).width, facts_of(piece, facts).height) == (32, 32)
    (said,) = of_piece("a.mp4", facts, piece)
    assert (said.code, said.severity) == ("bad-edits", "warning")
    assert not of_piece("a.mp4", facts, Piece(crop=(0, 0, 32, 32))) and not of_piece("a.mp4", facts, None)


def test_a_fault_at_the_end_is_cut_away_with_it():
    facts = VideoFacts(64, 48, 10.0, 30, 3.0, "h264", promised_seconds=9.0, fault="broken")
    assert facts_of(Piece(0, 2.0), facts).truncated is False
    assert facts_of(Piece(1.0), facts).truncated and facts_of(None, facts) == facts
