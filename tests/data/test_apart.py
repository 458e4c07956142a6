"""A file in which a decoder hangs, or of which it dies, is a finding in time; every other clip goes on."""

import sys
import time
from types import SimpleNamespace

import numbered
import pytest

from wannb.data import apart, video
from wannb.data.apart import Worker, borrowed
from wannb.data.in_time import in_time
from wannb.data.inspected import inspected
from wannb.data.looks import look, pool, remembered
from wannb.data.unusable import Unusable

PATIENCE = 1.5
STAND_IN = """
import os, time
from wannb.data.looks import worker

def decoder(real):
    def answer(path, alive):
        for name, meets in {"hang": lambda: time.sleep(3600), "die": lambda: os._exit(3)}.items():
            if path.name.startswith(name):
                meets()
        for _ in range(20 if path.name.startswith("slow") else 0):
            time.sleep(0.1)
            alive()
        return real(path, alive)
    return answer

worker.BEAT = 0.05
worker._ANSWERS = {wish: decoder(real) for wish, real in worker._ANSWERS.items()}
worker.serve()
"""


def stand_in() -> Worker:
    return Worker([sys.executable, "-c", STAND_IN], PATIENCE)


@pytest.fixture(autouse=True)
def forgetful(tmp_path, monkeypatch):
    monkeypatch.setenv("WANNB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(remembered, "_KNOWN", {})
    monkeypatch.setattr(video, "_KNOWN", {})


@pytest.fixture(scope="module", autouse=True)
def decoders():
    """Two processes with a decoder that minds the names of files."""
    apart.dismiss()
    apart._IDLE.extend([stand_in(), stand_in()])
    yield
    apart.dismiss()


@pytest.fixture
def clips(tmp_path):
    home = tmp_path / "clips"
    home.mkdir()
    for name in ("a", "die", "hang", "slow", "z"):
        numbered.write(home / f"{name}.mp4", count=12, size=(64, 48))
        (home / f"{name}.txt").write_text(f"a {name}")
    return home


@pytest.mark.parametrize("together", [1, 2])
def test_the_report_says_which_clip_and_goes_on(clips, monkeypatch, together):
    monkeypatch.setattr(pool, "MANY", 2)
    monkeypatch.setattr(pool, "processors", lambda: together)
    folder = inspected(clips, num_frames=9, resolutions=[64])
    assert [clip.name for clip in folder.clips if clip.look] == ["a.mp4", "slow.mp4", "z.mp4"]
    died, hung = folder.refused
    assert [one.findings[-1].code for one in (died, hung)] == ["unreadable", "unreadable"]
    assert "brings its decoder down" in died.findings[-1].message
    assert "hang.mp4 keeps its decoder busy without an end" in hung.findings[-1].message
    asked = []
    monkeypatch.setattr(Worker, "ask", lambda self, path, wish: asked.append(path.name))
    inspected(clips, num_frames=9, resolutions=[64])
    assert not asked  # what hung once is not tried again
    assert len(list((clips.parent / "cache").rglob("*.look"))) == 3  # but by the next session


def test_a_probe_is_refused_in_time_too(clips):
    with pytest.raises(Unusable, match="keeps its decoder busy"):
        video.probe(clips / "hang.mp4")
    assert video.probe(clips / "slow.mp4").frames == 12


def test_a_process_that_left_says_nothing_against_the_next_file(clips):
    assert look(clips / "a.mp4").frames == 12
    apart._IDLE[-1]._process.kill()
    apart._IDLE[-1]._process.wait()
    assert look(clips / "z.mp4").frames == 12


def test_an_interrupted_answer_is_not_taken_for_the_next(clips):
    with pytest.raises(KeyboardInterrupt), borrowed() as worker:
        worker.ask(clips / "a.mp4", "facts")
        raise KeyboardInterrupt
    assert worker._process is None and worker not in apart._IDLE
    apart._IDLE.append(worker)


def test_without_a_process_this_one_decodes(clips, monkeypatch):
    monkeypatch.setattr(Worker, "ask", lambda *_: (_ for _ in ()).throw(OSError("no more processes")))
    assert look(clips / "a.mp4").frames == video.probe(clips / "z.mp4").frames == 12


def test_a_call_that_does_not_come_back_is_left_alone():
    assert in_time(lambda: 3, 5) == 3
    with pytest.raises(ZeroDivisionError):
        in_time(lambda: 1 / 0, 5)
    with pytest.raises(TimeoutError):
        in_time(lambda: time.sleep(30), 0.1)


def test_pyav_reads_where_decord_hangs(clips, monkeypatch):
    asked = []

    class Reader:
        def __init__(self, *_, **__):
            asked.append(1)

        def __len__(self):
            return 12

        def get_batch(self, _):
            time.sleep(30)

    fake = SimpleNamespace(VideoReader=Reader, DECORDError=ValueError, DECORDLimitReachedError=ValueError)
    monkeypatch.setattr(video, "_decord", lambda: fake)
    monkeypatch.setattr(video, "_PATIENCE", 0.2)
    path = clips / "a.mp4"
    for _ in range(2):
        assert [numbered.number_of(frame) for frame in video.read_frames(path, [0, 5, 11])] == [0, 5, 11]
    assert len(asked) == 1
