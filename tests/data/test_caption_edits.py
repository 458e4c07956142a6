"""Captions edited, one or many at once: every change can be taken back, and nothing but captions is written."""

import hashlib
import json

import numbered
import pytest

from wannb.data import ClipFolder
from wannb.data.caption_edits import TEMPLATES, CaptionBook
from wannb.data.caption_log import LOG
from wannb.data.items import folder_of
from wannb.data.trigger_cure import WriteTrigger
from wannb.job import Job
from wannb.refusal import Refusal

OLD = {"a.txt": "a red ball turns\n", "sub/b.txt": "a blue ball\r\nturns", "c.txt": "ein Fräulein geht"}


@pytest.fixture
def folder(tmp_path):
    home = tmp_path / "clips"
    (home / "sub").mkdir(parents=True)
    clip = numbered.write(tmp_path / "one.mp4", count=20).read_bytes()
    for name in ("a", "sub/b", "c", "none"):
        (home / f"{name}.mp4").write_bytes(clip)
    (home / "a.txt").write_text(OLD["a.txt"])
    (home / "sub" / "b.txt").write_bytes(OLD["sub/b.txt"].encode())
    (home / "c.txt").write_bytes(OLD["c.txt"].encode("cp1252"))
    (home / "notes.txt").write_text("mine")
    return home


def texts(folder):
    book = CaptionBook(folder)
    return {name: book.text(name) for name in book.names}


def rest(folder):
    files = [p for p in folder.rglob("*") if p.is_file() and (p.suffix == ".mp4" or p.name == "notes.txt")]
    return {path: (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns) for path in files}


CHANGES = {
    "one": (lambda b: b.write("a.mp4", "a green\nball "), {"a.mp4": "a green ball"}),
    "a new one": (lambda b: b.write("none.mp4", "something"), {"none.mp4": "something"}),
    "replace": (lambda b: b.replace("ball", "cube"), {"a.mp4": "a red cube turns", "sub/b.mp4": "a blue cube turns"}),
    "replace in one": (lambda b: b.replace("ball", "cube", names=["a.mp4"]), {"a.mp4": "a red cube turns"}),
    "replace no pattern": (lambda b: b.replace("b.ll", "cube"), {}),
    "replace to backslashes": (lambda b: b.replace("red", r"\1", ["a.mp4"]), {"a.mp4": r"a \1 ball turns"}),
    "by a pattern": (lambda b: b.replace(r"a (\w+) ball", r"\1 cube", regex=True),
                     {"a.mp4": "red cube turns", "sub/b.mp4": "blue cube turns"}),
    "prefix": (lambda b: b.prefix("orbit 360,", ["a.mp4", "none.mp4"]), {"a.mp4": "orbit 360, a red ball turns"}),
    "prefix there already": (lambda b: b.prefix("a"), {"c.mp4": "a ein Fräulein geht"}),
    "suffix": (lambda b: b.suffix(", film look", ["c.mp4"]), {"c.mp4": "ein Fräulein geht, film look"}),
    "template": (lambda b: b.apply("{name}: {caption}", ["sub/b.mp4"]), {"sub/b.mp4": "b: a blue ball turns"}),
    "template of nothing": (lambda b: b.apply("[trigger], {caption}", ["none.mp4"]), {"none.mp4": "[trigger]"}),
    "nothing": (lambda b: b.write("a.mp4", "a red  ball turns"), {}),
}  # fmt: skip


@pytest.mark.parametrize(("change", "wanted"), CHANGES.values(), ids=CHANGES)
def test_what_changes_and_back(folder, change, wanted):
    before, others, book = texts(folder), rest(folder), CaptionBook(folder)
    assert set(change(book)) == set(wanted)
    assert texts(folder) == before | wanted and rest(folder) == others
    assert {clip.name: clip.written.text for clip in ClipFolder(folder, 17, [64]).clips} == before | wanted
    assert bool(book.undo()) == bool(wanted) and texts(folder) == before
    assert bool(book.redo()) == bool(wanted) and texts(folder) == before | wanted
    while book.undo():
        pass
    for name in wanted:
        file = (folder / name).with_suffix(".txt")
        was = OLD.get(file.relative_to(folder).as_posix())
        assert (file.read_bytes().decode() if file.exists() else None) == was  # as UTF-8, whatever it was
    assert rest(folder) == others and book.undo() == ()


def test_many_steps_go_back_one_by_one_and_the_cure_is_one_of_them(folder):
    job = Job.recipe("character", task="t2v", data=folder)
    job.trigger_word = "frung"
    book, seen = CaptionBook(folder), []
    steps = [
        lambda: book.replace("ball", "cube"),
        lambda: WriteTrigger(0)(job),
        lambda: book.suffix(", film"),
        lambda: book.write("none.mp4", "something"),
        lambda: WriteTrigger(0)(job),
    ]
    for step in steps:
        seen.append(texts(folder))
        step()
        assert texts(folder) != seen[-1]
    last = texts(folder)
    for was in reversed(seen):
        assert CaptionBook(folder).undo() and texts(folder) == was
    for _ in steps:
        assert book.redo()
    assert texts(folder) == last and book.redo() == ()
    assert folder_of(job.datasets[0], "frung").clips


def test_undoing_keeps_what_was_written_by_hand_since(folder):
    book = CaptionBook(folder)
    book.write("a.mp4", "one")
    (folder / "a.txt").write_text("by hand")
    book.undo()
    assert book.text("a.mp4") == "a red ball turns"
    book.redo()
    assert book.text("a.mp4") == "by hand"


REFUSED = {
    "no such clip": lambda b: b.write("gone.mp4", "x"),
    "out of the folder": lambda b: b.write("../one.mp4", "x"),
    "a bad pattern": lambda b: b.replace("(", "x", regex=True),
    "a bad group": lambda b: b.replace("ball", r"\4", regex=True),
    "nothing to find": lambda b: b.replace("", "x"),
    "an unknown slot": lambda b: b.apply("{colour} {caption}"),
    "an empty template": lambda b: b.apply(" , "),
}


@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_meant_is_one_sentence_and_nothing_is_written(folder, change):
    before = texts(folder)
    with pytest.raises(Refusal) as said:
        change(CaptionBook(folder))
    assert "\n" not in str(said.value) and texts(folder) == before and not (folder / LOG).exists()


def test_links_out_of_the_folder_are_not_written(folder, tmp_path):
    (tmp_path / "secret").write_text("a password")
    (folder / "none.txt").symlink_to(tmp_path / "secret")
    book = CaptionBook(folder)
    assert book.text("none.mp4") == ""
    with pytest.raises(Refusal, match="link"):
        book.write("none.mp4", "x")
    assert (tmp_path / "secret").read_text() == "a password"


PLANTED = [
    {"../one.txt": ["x"]},
    {"a.mp4": ["x"]},
    {".bashrc": ["x"]},
    {"/steps": [["../one.txt"]], "../one.txt": ["x"]},
    {"notes.txt": ["x"], "setup.py": ["x"], "a.py": ["x"], "new/a.txt": ["x"]},
    {"a.txt": [5]},
    {"a.txt": 5, "/steps": 7, "/undone": [3]},
]


@pytest.mark.parametrize("log", PLANTED, ids=str)
def test_a_planted_log_writes_nothing_but_captions_inside(folder, log):
    before, others, names = texts(folder), rest(folder), sorted(folder.rglob("*"))
    (folder / LOG).write_text(json.dumps(log))
    for deed in (CaptionBook(folder).undo, CaptionBook(folder).redo):
        try:
            deed()
        except Refusal as said:
            assert "\n" not in str(said)
    (folder / LOG).unlink()
    assert texts(folder) == before and rest(folder) == others and sorted(folder.rglob("*")) == names
    assert not (folder.parent / "one.txt").exists()


def test_a_log_that_is_none_stops_every_change(folder):
    (folder / LOG).write_text("mine")
    with pytest.raises(Refusal, match="no log"):
        CaptionBook(folder).write("a.mp4", "x")
    assert (folder / LOG).read_text() == "mine" and (folder / "a.txt").read_text() == OLD["a.txt"]


def test_json_captions_keep_the_rest_of_their_object(folder):
    (folder / "a.json").write_text('{"caption": "a ball", "seed": 7}')
    book = CaptionBook(folder, "json")
    assert book.text("a.mp4") == "a ball"
    book.write_all({"a.mp4": "a cube", "none.mp4": "new"})
    assert json.loads((folder / "a.json").read_text()) == {"caption": "a cube", "seed": 7}
    assert json.loads((folder / "none.json").read_text()) == {"caption": "new"}
    book.undo()
    assert (folder / "a.json").read_text() == '{"caption": "a ball", "seed": 7}'
    assert not (folder / "none.json").exists()
    with pytest.raises(Refusal):
        CaptionBook(folder, "mp4").write("a.mp4", "x")


def test_neighbours_are_the_most_alike_with_what_differs_marked(folder):
    book = CaptionBook(folder)
    first, *_ = book.neighbours("a.mp4")
    assert (first.name, first.caption) == ("sub/b.mp4", "a blue ball turns")
    assert first.parts == (("a", True), ("blue", False), ("ball turns", True))
    assert [one.name for one in book.neighbours("a.mp4", 1)] == ["sub/b.mp4"]
    assert "none.mp4" not in [one.name for one in book.neighbours("a.mp4", 9)]


def test_tokens_are_counted_against_the_encoder(folder):
    book = CaptionBook(folder)
    assert 4 <= book.tokens("a red ball turns") <= 8 and book.tokens("ball " * 600) > 512


@pytest.mark.parametrize("kind", ["motion", "style", "character"])
def test_every_kind_has_templates_that_fill(folder, kind):
    for template in TEMPLATES[kind]:
        book = CaptionBook(folder)
        book.apply(template)
        assert all(book.text(name) and "{" not in book.text(name) for name in book.names)
        book.undo()
