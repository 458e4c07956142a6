"""The edit list: pieces of clips that are trained on, while the clips stay as they are."""

import hashlib
import json

import numbered
import pytest

from wannb.data import ClipFolder
from wannb.data.edit_file import LIST
from wannb.data.edits import Edits
from wannb.data.pieces import Piece
from wannb.refusal import Refusal


@pytest.fixture
def folder(tmp_path):
    return numbered.four(tmp_path / "clips")


def digests(folder):
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != LIST]
    return {path: (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns) for path in files}


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
