"""The renderer as a process: what is ordered is made, also where others die, cancel, refuse or compete."""

import os
import shutil
import signal

import psutil
import pytest

from tests.runs.clips import forked
from tests.runs.clips.forked import until
from wannb.data.video import probe
from wannb.runs import launching, liveness
from wannb.runs.clips import progress
from wannb.runs.clips.shelf import Shelf
from wannb.runs.clips.wish import Wish
from wannb.runs.run import Run

LONG = 100_000  # denoising steps


@pytest.fixture
def shelf(trained, tmp_path, monkeypatch, at_end):
    """The shelf of a copy of the run; its renderers are forks."""
    monkeypatch.setattr(launching, "start_detached", forked.start_detached)
    run = Run(shutil.copytree(trained.path, tmp_path / "both", ignore=shutil.ignore_patterns("clips")))
    at_end.append(run)
    return Shelf(run)


def wish(shelf, high=1, low=2, **changes):
    return Wish.of(shelf.run.config.samples[0], high, low, **changes)


def row(shelf, wished):
    return next((one for one in shelf.progress() if one["key"] == wished.key), None)


def at_step(shelf, wished, step=3):
    return lambda: (now := row(shelf, wished)) and now["step"] >= step


def renderer(shelf):
    """The pid of the one that has the lock, which says who it is a moment later."""
    return until(lambda: liveness.trainer_of(shelf.dir)).pid


def test_ordered_clips_are_made_by_a_process_of_their_own(trained, tmp_path, at_end):
    """The one test with a fresh interpreter and no stand-in."""
    run = Run(shutil.copytree(trained.path, tmp_path / "both", ignore=shutil.ignore_patterns("clips")))
    at_end.append(run)
    shelf = Shelf(run)
    wishes = [wish(shelf, 1, 2), wish(shelf, 3, 1, high_strength=0.5, seed=5)]
    shelf.order(wishes)
    until(lambda: shelf.rendering)
    assert os.getpid() not in [one.pid for one in psutil.Process(renderer(shelf)).parents()]
    until(lambda: all(shelf.find(one) for one in wishes))
    clip = shelf.find(wishes[1])
    assert clip.wish == wishes[1] and clip.poster.exists() and probe(clip.video).frames == 5
    assert clip.facts["high_file"] == "both_000000003_high_noise.safetensors" and clip.facts["boundary"] == 0.875
    assert [clip.wish for clip in shelf.rendered()] == wishes[::-1]
    assert shelf.rendering and shelf.progress() == []
    os.kill(renderer(shelf), signal.SIGTERM)
    until(lambda: not shelf.rendering)


def test_a_killed_renderer_leaves_nothing_half_and_the_next_goes_on(shelf):
    long, short = wish(shelf, steps=LONG), wish(shelf, seed=9)
    shelf.order(long)
    until(at_step(shelf, long))
    os.kill(renderer(shelf), signal.SIGKILL)
    until(lambda: not shelf.rendering)
    assert row(shelf, long)["state"] == "waiting" and shelf.find(long) is None
    shelf.order(short)
    until(lambda: shelf.find(short))
    until(at_step(shelf, long))
    shelf.cancel([long.key])
    until(lambda: progress.read(shelf.dir) is None)
    assert shelf.progress() == [] and shelf.find(long) is None
    assert not [path for path in shelf.dir.path.iterdir() if path.suffix in (".mp4", ".jpg") and path.stem != short.key]


def test_a_clip_that_kills_its_renderer_is_refused_in_the_end(shelf):
    deadly, good = wish(shelf, steps=LONG), wish(shelf, seed=9)
    for _ in range(3):
        shelf.order(deadly)
        until(at_step(shelf, deadly))
        os.kill(renderer(shelf), signal.SIGKILL)
        until(lambda: not shelf.rendering)
    shelf.order(deadly)
    until(lambda: row(shelf, deadly)["state"] == "refused")
    assert "died 3 times" in row(shelf, deadly)["sentence"]
    shelf.order(good)
    until(lambda: shelf.find(good))


def test_two_at_once_are_one(shelf, monkeypatch):
    wishes = [wish(shelf, seed=seed) for seed in (1, 2, 3)]
    monkeypatch.setattr(Shelf, "rendering", False)  # both who order believe that nobody renders
    started = len(forked.started)
    for one in wishes:
        Shelf(shelf.run).order(one)
    until(lambda: all(shelf.find(one) for one in wishes))
    first, *others = forked.started[started:]
    assert len(others) == 2
    until(lambda: sum(process.is_alive() for process in (first, *others)) <= 1)
    assert len({path.stem for path in shelf.dir.path.glob("*.mp4")}) == 3


def test_stopped_in_the_middle_it_leaves_and_the_order_stays(shelf):
    long = wish(shelf, steps=LONG)
    shelf.order(long)
    until(at_step(shelf, long))
    os.kill(renderer(shelf), signal.SIGTERM)
    until(lambda: not shelf.rendering)
    assert row(shelf, long)["state"] == "waiting" and progress.read(shelf.dir) is None


def test_what_cannot_be_made_is_refused_and_the_others_are_made(shelf, tmp_path):
    (tmp_path / "note.png").write_text("no picture")
    good = wish(shelf, seed=4)
    bad = {
        wish(shelf, 7, 2): "no high-noise file of step 7: there are 1, 2, 3",
        wish(shelf, width=40): "multiples of 16",
        wish(shelf, num_frames=6): "4n+1",
        wish(shelf, image=tmp_path / "note.png"): "takes no control image",
    }
    cut = shelf.run.dir.checkpoint("low", 1)
    cut.write_bytes(cut.read_bytes()[:-1])
    shelf.order([*bad, wish(shelf, 3, 1), good])
    until(lambda: shelf.find(good))
    for wished, words in {**bad, wish(shelf, 3, 1): "no low-noise file of step 1"}.items():
        refused = row(shelf, wished)
        assert refused["state"] == "refused" and words in refused["sentence"]


def test_the_newest_order_goes_first_and_a_file_that_comes_later_is_taken(shelf):
    late = shelf.run.dir.checkpoint("high", 3).rename(shelf.run.path / "late.safetensors")
    long, quick, later = wish(shelf, steps=LONG), wish(shelf, seed=5), wish(shelf, 3, 1)
    shelf.order([long, wish(shelf, seed=6)])
    until(at_step(shelf, long))
    assert Wish.of(shelf.run.config.samples[0], 3, 1).key == later.key
    late.rename(shelf.run.dir.checkpoint("high", 3))  # a training saved it
    shelf.order([quick, later])
    shelf.cancel([long.key])
    until(lambda: shelf.find(quick) and shelf.find(later))
    assert [clip.wish.seed for clip in shelf.rendered()][-2:] == [later.seed, 5]


def test_an_image_that_changed_since_is_not_taken_for_the_other(lone, material, tmp_path, monkeypatch, at_end):
    monkeypatch.setattr(launching, "start_detached", lambda log, command: (0, 0.0))
    at_end.append(lone)
    shelf = Shelf(lone)
    image = shutil.copy(material / "clips/still.png", tmp_path / "first.png")
    wished = wish(shelf, image=image, seed=9)
    shelf.order(wished)
    key = wished.key
    with open(image, "ab") as file:
        file.write(b"more")
    monkeypatch.setattr(launching, "start_detached", forked.start_detached)
    shelf.go_on()
    until(lambda: any(one["state"] == "refused" for one in shelf.progress()))
    refused = {one["key"]: one["sentence"] for one in shelf.progress()}
    assert "is not the one that was ordered" in refused[key]
    fresh = wish(shelf, image=image, seed=9)
    shelf.order(fresh)
    until(lambda: shelf.find(fresh))


def test_it_leaves_when_nothing_is_wanted(shelf):
    one = wish(shelf, seed=8)
    shelf.order(one)
    until(lambda: shelf.find(one))
    until(lambda: not shelf.rendering)
    assert progress.read(shelf.dir) is None
