"""What is found on the shelf, and what becomes of orders while nobody renders them."""

import json
import os
import shutil
import time
from dataclasses import replace

import pytest

from wannb.refusal import Refusal
from wannb.runs import launching
from wannb.runs.claim import locked
from wannb.runs.clips import orders
from wannb.runs.clips.clip_dir import ClipDir
from wannb.runs.clips.progress import At, Teller
from wannb.runs.clips.shelf import NOBODY, Shelf
from wannb.runs.clips.wish import Wish
from wannb.runs.run import Run


@pytest.fixture
def shelf(trained, tmp_path, monkeypatch):
    """The shelf of a copy of the run, for which no renderer is started."""
    monkeypatch.setattr(launching, "start_detached", lambda log, command: (0, 0.0))
    return Shelf(Run(shutil.copytree(trained.path, tmp_path / "both", ignore=shutil.ignore_patterns("clips"))))


def wish(shelf, high=2, low=2, **changes):
    return Wish.of(shelf.run.config.samples[0], high, low, **changes)


def store(shelf, made, facts=True, **more):
    clips = ClipDir(shelf.run.path / "clips")
    clips.path.mkdir(exist_ok=True)
    clips.video(made.key).write_bytes(b"mp4")
    clips.poster(made.key).write_bytes(b"jpg")
    if facts:
        clips.facts(made.key).write_text(json.dumps(made.to_dict() | {"made": time.time()} | more))


def test_previews_are_the_clips_of_equal_steps(shelf):
    for step in (0, 1, 2, 3):
        found = shelf.find(wish(shelf, step, step))
        assert found.video == shelf.run.dir.preview(step, 0, ".mp4") and found.poster.exists()
        assert found.facts["step"] == step
    assert shelf.find(wish(shelf, 2, 2).base).facts["step"] == 0
    others = [wish(shelf, 1, 2), wish(shelf, seed=1), wish(shelf, prompt="x"), wish(shelf, high_strength=0.5)]
    assert [shelf.find(one) for one in others] == [None] * 4


def test_a_preview_that_comes_later_is_found(shelf):
    folder = shelf.run.dir.preview(3, 0, "").parent
    away = folder.rename(folder.with_name("away"))
    assert shelf.find(wish(shelf, 3, 3)) is None
    facts = (away / "0.json").rename(away / "0.late")
    away.rename(folder)
    assert shelf.find(wish(shelf, 3, 3)) is None
    (folder / facts.name).rename(folder / "0.json")
    assert shelf.find(wish(shelf, 3, 3)).facts["step"] == 3


def test_clips_without_facts_are_not_there(shelf):
    one, two = wish(shelf, 1, 2), wish(shelf, 2, 1)
    store(shelf, one)
    store(shelf, two, facts=False)
    assert shelf.find(one).wish == one and shelf.find(two) is None
    assert [clip.wish for clip in shelf.rendered()] == [one]
    shelf.dir.facts(two.key).write_text('{"half')
    assert shelf.find(two) is None
    shelf.dir.video(one.key).unlink()
    assert shelf.find(one) is None and shelf.rendered() == []


def test_a_clip_of_a_lora_that_was_written_anew_does_not_count(shelf):
    made = wish(shelf, 1, 2)
    file = shelf.run.dir.checkpoint("low", 2)
    store(shelf, made, high_file=None, low_file=file.name)
    assert shelf.find(made)
    later = time.time() + 5
    os.utime(file, (later, later))
    assert shelf.find(made) is None
    file.unlink()  # rotation takes files, and their clips stay
    assert shelf.find(made)


def test_orders_wait_newest_first_and_can_be_taken_back(shelf):
    first, second, third = wish(shelf, 1, 2), wish(shelf, 2, 1), wish(shelf, 1, 3)
    there = wish(shelf, 2, 2)
    assert shelf.order([first, there, second]) == [first.key, second.key]
    assert shelf.order(third) == [third.key]
    rows = shelf.progress()
    assert [row["key"] for row in rows] == [third.key, first.key, second.key]
    assert {row["state"] for row in rows} == {"waiting"} and {row["sentence"] for row in rows} == {NOBODY}
    assert {(row["step"], row["steps"]) for row in rows} == {(0, third.steps)}
    shelf.cancel([third.key])
    assert [row["key"] for row in shelf.progress()] == [first.key, second.key]
    shelf.cancel()
    assert shelf.progress() == []


def test_progress_tells_where_the_renderer_is(shelf):
    one, two = wish(shelf, 1, 2), wish(shelf, 2, 1)
    shelf.order([one, two])
    Teller(shelf.dir).tell(At(two.key, 1, 2, "decoding"))
    assert shelf.progress()[0]["state"] == "waiting"  # nobody has the lock: it died there
    with locked(shelf.dir):
        row, other = shelf.progress()
    assert row == {"key": two.key, "state": "rendering", "step": 1, "steps": 2, "sentence": "decoding"}
    assert other["state"] == "waiting" and other["sentence"] == ""


def test_what_is_no_order_is_refused_and_hides_nothing(shelf):
    good = wish(shelf, 1, 2)
    shelf.order(good)
    wanted = shelf.dir.wanted
    (wanted / f"{'a' * 32}.json").write_text("{")
    (wanted / f"{'b' * 32}.json").write_text('{"at": 1, "place": 0, "wish": {"high": 1}}')
    (wanted / "note.json").write_text("not ours")
    rows = {row["key"]: row for row in shelf.progress()}
    assert rows[good.key]["state"] == "waiting"
    assert rows["a" * 32]["state"] == rows["b" * 32]["state"] == "refused" and len(rows) == 3
    assert rows["b" * 32]["sentence"].startswith("This is no wish")
    shelf.cancel(["b" * 32])
    orders.refuse(shelf.dir, good.key, "Why not.")
    assert [row["sentence"] for row in shelf.progress() if row["key"] == good.key] == ["Why not."]
    shelf.order(good)
    assert [row["state"] for row in shelf.progress() if row["key"] == good.key] == ["waiting"]


def test_orders_stay_inside_the_run(shelf, tmp_path):
    shelf.dir.path.mkdir()
    (tmp_path / "elsewhere").mkdir()
    shelf.dir.wanted.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Refusal, match="is a link"):
        shelf.order(wish(shelf, 1, 2))
    assert not list((tmp_path / "elsewhere").iterdir())


def test_a_hundred_orders_stand_side_by_side(shelf):
    wishes = [wish(shelf, 1, 2, seed=seed) for seed in range(100, 200)]
    shelf.order(wishes)
    assert len(shelf.progress()) == 100
    assert [shelf.find(replace(one, high=2)) for one in wishes] == [None] * 100
