"""The edit list: pieces of clips that are trained on, while the clips stay as they are."""

import hashlib
import json
from dataclasses import dataclass, replace

import numbered
import numpy as np
import pytest
from PIL import Image

import wannb
from wannb.data import ClipFolder, pixels
from wannb.data.boxes import clipped, locked
from wannb.data.cache import clip_key
from wannb.data.content import digest, file_digest
from wannb.data.edit_file import LIST
from wannb.data.edits import Edits
from wannb.data.items import items_of
from wannb.data.masks import Mask, weights
from wannb.data.pieces import Piece, span
from wannb.data.suggested_edits import apply_suggestions, suggested
from wannb.data.video import probe, read_frames
from wannb.data.video_file import write_mp4
from wannb.job import Job
from wannb.refusal import Refusal


@pytest.fixture
def folder(tmp_path):
    home = tmp_path / "clips"
    (home / "sub").mkdir(parents=True)
    numbered.write(home / "a.mp4", count=64)
    numbered.write(home / "sub" / "b.mp4", count=64, size=(96, 128))
    numbered.write(home / "c.mp4", count=30)
    Image.fromarray(numbered.painted(3)).save(home / "still.png")
    (home / "a.txt").write_text("a ball turns")
    return home


def digests(folder):
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != LIST]
    return {path: (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns) for path in files}


def job_of(folder, task="t2v", **settings):
    job = Job.recipe("motion", task=task, data=folder)
    for name, value in ({"num_frames": 17, "resolution": [64]} | settings).items():
        setattr(job.datasets[0], name, value)
    return job


def keys(job):
    return {item.name: clip_key(item, "vae", job.task) for item in items_of(job)[0]}


def numbers(frames):
    return [numbered.number_of(frame) for frame in frames]


def test_no_edit_ever_writes_a_clip_and_each_can_be_taken_back(folder):
    before, edits, seen = digests(folder), Edits.of(folder), []
    changes = [
        lambda: edits.trim("a.mp4", 0.5, 3),
        lambda: edits.crop("a.mp4", (8, 8, 72, 88)),
        lambda: edits.split("a.mp4", [1.0, 2.0]),
        lambda: edits.trim("a.mp4", 2.0, None, piece=2),
        lambda: edits.leave_out("c.mp4"),
        lambda: edits.set("sub/b.mp4", [Piece(0, 1), Piece(2, 3, (0, 0, 64, 64))]),
        lambda: edits.reset("a.mp4"),
    ]
    for change in changes:
        seen.append(entries(folder))
        change()
        assert entries(folder) != seen[-1]
    after = entries(folder)
    for was in reversed(seen):
        assert edits.undo() and entries(folder) == was
    assert edits.undo() == ()
    for _ in changes:
        assert edits.redo()
    assert entries(folder) == after and edits.redo() == () and digests(folder) == before
    assert not [path for path in folder.rglob(".*") if path.name != LIST]


def entries(folder):
    return {name: Edits.of(folder).pieces(name) for name in Edits.of(folder).names}


def test_a_change_after_undoing_forgets_what_was_undone_and_the_history_is_bounded(folder, monkeypatch):
    monkeypatch.setattr("wannb.data.edits.MOST_STEPS", 3)
    edits = Edits.of(folder)
    for tenths in range(1, 6):
        edits.trim("a.mp4", tenths / 10, 3)
    assert sum(bool(edits.undo()) for _ in range(9)) == 3
    edits.leave_out("c.mp4")
    assert edits.redo() == () and Edits.of(folder).pieces("c.mp4") == ()


def test_another_hand_on_the_same_list_loses_nothing(folder):
    one, other = Edits.of(folder), Edits.of(folder)
    one.trim("a.mp4", 1, 2)
    other.leave_out("c.mp4")
    assert entries(folder) == {"a.mp4": (Piece(1, 2),), "c.mp4": ()}
    assert one.undo() == ("c.mp4",) and one.undo() == ("a.mp4",)


@pytest.mark.parametrize(
    ("start", "end", "kept"), [(0.5, 2, (8, 32)), (0.49, 2.02, (8, 32)), (0.01, 99, (0, 64)), (1, 1.001, (16, 17))]
)
def test_ends_snap_to_frames(folder, start, end, kept):
    edits = Edits.of(folder)
    edits.trim("a.mp4", start, end)
    clip = ClipFolder(folder, 17, [64]).clips[0]
    if kept[1] - kept[0] > 1:
        assert clip.span == kept and clip.facts.frames == kept[1] - kept[0]
        assert clip.facts.seconds == pytest.approx((kept[1] - kept[0]) / 16)
        assert (clip.picked[0], clip.picked[-1]) == (kept[0], kept[1] - 1)
    assert (edits.pieces("a.mp4") is None) == (kept == (0, 64))


def test_times_of_an_uneven_clip_are_its_frames_own(folder):
    stamps = [0, 40, 80, 300, 340, 900, 1000, 1100, 1300, 1500]
    numbered.write(folder / "uneven.mp4", count=10, times=stamps)
    Edits.of(folder).trim("uneven.mp4", 0.28, 1.12)
    clip = next(c for c in ClipFolder(folder, 5, [64]).clips if c.path.stem == "uneven")
    assert clip.span == (3, 7) and clip.facts.times == (0, 0.04, 0.6, 0.7)


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
    import av

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
        plain = digest("pixels-1", file_digest(item.path), *parts)
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


REFUSED = {
    "out of the folder": lambda e: e.trim("../other.mp4", 0, 1),
    "an absolute name": lambda e: e.leave_out("/etc/passwd"),
    "a link out": lambda e: e.crop("link.mp4", (0, 0, 32, 32)),
    "no such clip": lambda e: e.trim("gone.mp4", 0, 1),
    "end before start": lambda e: e.trim("a.mp4", 2, 1),
    "start below 0": lambda e: e.trim("a.mp4", -1, 1),
    "start past the end": lambda e: e.trim("a.mp4", 9, 10),
    "not a number": lambda e: e.trim("a.mp4", float("nan"), 1),
    "no such piece": lambda e: e.trim("a.mp4", 0, 1, piece=3),
    "an image": lambda e: e.trim("still.png", 0, 1),
    "an image split": lambda e: e.split("still.png", [0.5]),
}


@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_meant_is_one_sentence_and_nothing_is_written(folder, tmp_path, change):
    numbered.write(tmp_path / "other.mp4", count=20)
    (folder / "link.mp4").symlink_to(tmp_path / "other.mp4")
    with pytest.raises(Refusal) as said:
        change(Edits.of(folder))
    assert "\n" not in str(said.value) and not (folder / LIST).exists()


BROKEN = {
    "no JSON": "{",
    "a list": "[]",
    "clips a list": '{"clips": []}',
    "newer": '{"version": 2, "clips": {}}',
    "bytes": b"\xff\xfe\x00",
    "deep": "[" * 100_000,
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_a_broken_list_is_an_error_finding_and_is_not_written_over(folder, text):
    data = text if isinstance(text, bytes) else text.encode()
    (folder / LIST).write_bytes(data)
    looked = ClipFolder(folder, 17, [64])
    (said,) = [f for f in looked.findings if f.code == "bad-edits"]
    assert said.severity == "error" and said.fix and len(looked.clips) == 4
    with pytest.raises(Refusal):
        Edits.of(folder)
    with pytest.raises(Refusal):
        Edits(folder, {}).leave_out("a.mp4")
    assert (folder / LIST).read_bytes() == data


ENTRIES = [5, "x", {}, [5], [{"start": "now"}], [{"start": -1}], [{"start": 2, "end": 1}], [{"crop": [1, 2, 3]}]]
ENTRIES += [[{"crop": [5, 5, 5, 9]}], [{"start": 99}], [{"start": True}], [{"crop": [1e400, 0, 1, 1]}]]
ENTRIES += [[{"start": 10**400}]]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: str(entry)[:40])
def test_a_bad_entry_costs_its_clip_alone_and_can_be_reset(folder, entry):
    (folder / LIST).write_text(json.dumps({"clips": {"a.mp4": entry}}))
    looked = ClipFolder(folder, 17, [64])
    assert [(c.path.name, c.findings[-1].code) for c in looked.refused] == [("a.mp4", "bad-edits")]
    json.dumps(looked.to_dict())
    Edits.of(folder).reset("a.mp4")
    assert not ClipFolder(folder, 17, [64]).refused


def test_entries_without_a_clip_are_named(folder):
    (folder / LIST).write_text('{"clips": {"gone.mp4": [], "../x.mp4": [], "c.mp4": null}}')
    looked = ClipFolder(folder, 17, [64])
    found = {(f.code, f.severity, f.where) for f in looked.own_findings}
    assert found >= {("edits-without-clip", "info", "gone.mp4"), ("bad-edits", "warning", LIST)}
    assert len(looked.clips) == 4


def test_what_others_wrote_into_the_list_survives(folder):
    piece = {"start": 0.5, "end": 2, "note": "the good part"}
    (folder / LIST).write_text(json.dumps({"by": "somebody", "clips": {"a.mp4": [piece]}}))
    Edits.of(folder).crop("a.mp4", (0, 0, 64, 64))
    data = json.loads((folder / LIST).read_text())
    assert data["by"] == "somebody" and data["version"] == 1
    assert data["clips"]["a.mp4"] == [{"start": 0.5, "end": 2.0, "note": "the good part", "crop": [0, 0, 64, 64]}]


def test_a_linked_list_out_of_the_folder_is_not_read(folder, tmp_path):
    (tmp_path / "list.json").write_text('{"clips": {"a.mp4": []}}')
    (folder / LIST).symlink_to(tmp_path / "list.json")
    assert "bad-edits" in {f.code for f in ClipFolder(folder, 17, [64]).own_findings}


@dataclass
class Seen:
    """What a look at a clip says, without one."""

    still_start: int = 0
    still_end: int = 0
    black: tuple = ()
    cuts: tuple = ()
    box: tuple | None = None


SUGGESTIONS = {
    "nothing": (Seen(), None, None),
    "dead time": (Seen(8, 16), None, [(8, 48, None)]),
    "dead time, only its start": (Seen(8, 16), ("static-start",), [(8, 64, None)]),
    "all still": (Seen(64, 64), None, None),
    "bars": (Seen(box=(0, 12, 128, 84)), None, [(0, 64, (0, 12, 128, 84))]),
    "cuts": (Seen(cuts=(20, 40)), None, [(0, 20, None), (20, 40, None), (40, 64, None)]),
    "a flash between cuts": (Seen(cuts=(20, 24)), None, [(0, 20, None), (24, 64, None)]),
    "black at either end": (Seen(black=((0, 6), (60, 64))), None, [(6, 60, None)]),
    "black inside": (Seen(black=((30, 34),)), None, [(0, 30, None), (34, 64, None)]),
    "everything": (Seen(8, 8, ((30, 32),), (16,), (0, 8, 128, 88)), None,
                   [(8, 16, (0, 8, 128, 88)), (16, 30, (0, 8, 128, 88)), (32, 56, (0, 8, 128, 88))]),
}  # fmt: skip


@pytest.mark.parametrize(("look", "codes", "wanted"), SUGGESTIONS.values(), ids=SUGGESTIONS)
def test_suggestions_cut_away_what_was_found(folder, look, codes, wanted):
    facts = probe(folder / "a.mp4")
    found = suggested(facts, look, None, codes)
    assert (found and [(*span(piece, facts), piece.crop) for piece in found]) == wanted
    assert found is None or suggested(facts, look, found, codes) is None


def test_suggestions_keep_what_was_cut_before(folder):
    facts = probe(folder / "a.mp4")
    (piece,) = suggested(facts, Seen(8, 8, box=(0, 12, 128, 84)), (Piece(1.0, 4.0, (10, 0, 100, 96)),))
    assert span(piece, facts) == (16, 56) and piece.crop == (10, 12, 100, 84)


def test_suggestions_for_a_whole_folder_are_one_step(folder):
    """A film with bars above and below that stands still for a second, then moves, beside clips without faults."""
    rng = np.random.default_rng(0)
    ground = rng.integers(30, 220, (24, 40, 3), np.uint8).repeat(8, 0).repeat(8, 1)
    frames = np.stack([np.roll(ground, max(0, i - 16) * 4, 1)[:160, :256] for i in range(64)])
    frames[:, :24] = frames[:, -24:] = 0
    write_mp4(folder / "film.mp4", frames)
    (changed,) = apply_suggestions(folder, names={"film.mp4", "still.png"}).items()
    assert changed[0] == "film.mp4" and Edits.of(folder).pieces("film.mp4") == changed[1]
    ((first, stop), crop) = (span(changed[1][0], probe(folder / "film.mp4")), changed[1][0].crop)
    assert abs(first - 16) <= 2 and stop == 64 and len(changed[1]) == 1
    assert np.abs(np.subtract(crop, (0, 24, 256, 136))).max() <= 2
    assert Edits.of(folder).undo() == ("film.mp4",)
    assert list(apply_suggestions(folder, codes=["bars"], names={"film.mp4"}).values())[0][0].start == 0
