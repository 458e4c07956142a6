"""A queue trains its jobs in order, can be edited meanwhile, and outlives whoever runs it."""

import json
import os
import signal
import threading
import time

import psutil
import pytest

from tests.runs import launched
from tests.train import small_job
from wannb.cli import main
from wannb.refusal import Refusal
from wannb.runs import liveness, runner
from wannb.runs.queue import Queue
from wannb.runs.run import Run
from wannb.runs.rundir import RunDir

LONG = 100_000


class Died(BaseException):
    """Stands for the end of a runner."""


@pytest.fixture(autouse=True)
def forked(monkeypatch):
    monkeypatch.setattr("wannb.runs.launching._started", launched.forked)
    monkeypatch.setattr(runner, "POLL", 0.02)


@pytest.fixture
def queue(tmp_path):
    queue = Queue(tmp_path / "queue")
    yield queue
    for one in queue.list():
        trainer = liveness.trainer_of(RunDir(tmp_path / "runs" / one.name))
        if trainer and liveness.exists(trainer.pid, trainer.began):
            psutil.Process(trainer.pid).kill()


@pytest.fixture
def make(tmp_path, models):
    def made(name, steps=2, clips=True):
        if clips:
            small_job.clips(tmp_path / "clips", 2)
        job = small_job.job(tmp_path, models["t2v"], steps=steps)
        job.name = name
        if not clips:
            job.datasets[0].folder_path = str(tmp_path / "nowhere")
        return job

    return made


def until(true, seconds=60.0):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def states(queue):
    return {one.name: one.state for one in queue.list()}


def order(queue):
    return [one.name for one in queue.list()]


def in_background(queue):
    thread = threading.Thread(target=queue.run, daemon=True)
    thread.start()
    return thread


def test_order_is_edited_file_by_file(queue, make):
    for name in "abcd":
        queue.add(make(name))
    assert order(queue) == list("abcd")
    for number, position, wanted in ((4, 1, "dabc"), (4, 3, "abdc"), (1, 9, "bdca"), (2, 1, "bdca"), (3, 2, "bcda")):
        queue.move(number, position)
        assert order(queue) == list(wanted)
    queue.hold(2)
    queue.remove(3)
    assert order(queue) == list("bda") and states(queue)["b"] == "held"
    assert queue.take("any", None).name == "d"
    with pytest.raises(Refusal, match="Job 4 does not wait: it is running"):
        queue.move(4, 1)
    with pytest.raises(Refusal, match="has no job 9: there are 2, 4, 1"):
        queue.hold(9)
    with pytest.raises(Refusal, match="already"):
        queue.add(make("a"))


def test_each_runner_takes_what_is_meant_for_it(queue, make):
    queue.add(make("a"), gpu="cuda:1")
    queue.add(make("b"))
    queue.add(make("c"))
    taken = [queue.take(*who).name for who in (("any", None), ("cuda:1", "cuda:1"), ("any", None), ("x", "cuda:0"))]
    assert taken == ["b", "a", "b", "c"]


def test_many_edit_at_once_and_lose_nothing(queue, make):
    jobs = [make(f"job{number}", clips=False) for number in range(16)]
    taken = []

    def edit(own):
        for job in own:
            queue.hold(queue.add(job).number)
        for job in own:
            queue.release(next(one.number for one in queue.list() if one.name == job.name))
        taken.extend(queue.take(job.name, None).name for job in own)

    threads = [threading.Thread(target=edit, args=(jobs[start::4],)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(job.name for job in jobs) and set(states(queue).values()) == {"running"}
    assert sorted(one.number for one in queue.list()) == list(range(1, 17))


def test_jobs_train_in_order_and_a_bad_one_stops_nobody(queue, make):
    queue.add(make("first"))
    queue.add(make("bad", clips=False))
    queue.add(make("last"))
    (queue.path / "000003.yaml").write_text("no: job")
    queue.add(make("good"))
    queue.run()
    assert states(queue) == {"first": "done", "bad": "refused", "last": "refused", "good": "done"}
    assert "nowhere" in queue.list()[1].message and queue.list()[0].message == "Trained 2 steps."
    began = [Run(one.run).events()[0]["time"] for one in queue.list() if one.state == "done"]
    assert began == sorted(began)


def test_a_runner_that_died_left_its_trainer_alone(queue, make, monkeypatch):
    one = queue.add(make("long", steps=LONG))
    with monkeypatch.context() as patch, pytest.raises(Died):
        patch.setattr(runner.Runner, "_wait", lambda *_: (_ for _ in ()).throw(Died))
        queue.run()
    run = Run(one.run)
    pid = liveness.trainer_of(run.dir).pid
    assert run.alive and states(queue) == {"long": "running"} and not queue.runs()
    thread = in_background(queue)
    until(lambda: queue.runs() and run.step > 2)
    assert liveness.trainer_of(run.dir).pid == pid
    with pytest.raises(Refusal, match="there already"):
        queue.run()
    queue.stop()
    thread.join(60)
    assert states(queue) == {"long": "waiting"} and run.state == "stopped" and not queue.runs()
    step = run.step
    thread = in_background(queue)
    until(lambda: run.alive and run.step > step)
    queue.remove(one.number)
    thread.join(60)
    assert states(queue) == {"long": "cancelled"} and run.state == "stopped"
    assert [row["step"] for row in run.metrics()] == list(range(1, run.step + 1))


def test_a_trainer_that_is_killed_is_resumed_three_times_without_progress(queue, make, monkeypatch):
    one = queue.add(make("killed", steps=LONG))
    pids = []

    def kill(self, entry, run):
        trainer = liveness.trainer_of(run.dir)
        pids.append(trainer.pid)
        os.kill(trainer.pid, signal.SIGKILL)
        until(lambda: not run.alive)

    monkeypatch.setattr(runner.Runner, "_wait", kill)
    queue.run()
    assert len(set(pids)) == 1 + runner.TRIES and states(queue) == {"killed": "failed"}
    assert "was killed 4 times" in queue.list()[0].message
    assert queue.release(one.number).state == "waiting"


def test_a_trainer_that_was_ended_from_outside_goes_on(queue, make, monkeypatch):
    """As at a shutdown: the trainer gets SIGTERM and saves, and nobody asked the run to stop."""
    one = queue.add(make("ended", steps=40))
    wait, ended = runner.Runner._wait, []

    def end_once(self, entry, run):
        until(lambda: run.step > 1 or not run.alive)
        if not ended and run.alive:
            ended.append(os.kill(liveness.trainer_of(run.dir).pid, signal.SIGTERM))
        wait(self, entry, run)

    monkeypatch.setattr(runner.Runner, "_wait", end_once)
    queue.run()
    reasons = [event["reason"] for event in Run(one.run).events() if event["event"] == "stopped"]
    assert reasons == ["SIGTERM", "done"] and states(queue) == {"ended": "done"}


def test_the_shell_has_the_same_words(tmp_path, make, capsys):
    make("shell").save(tmp_path / "job.yaml")
    where = ["--queue", str(tmp_path / "queue"), "--json"]

    def said(*words):
        code = main(["queue", *words, *where])
        return code, json.loads(capsys.readouterr().out)

    assert said()[1]["jobs"] == []
    assert said("add", str(tmp_path / "job.yaml"), "--gpu", "cuda:3")[1]["jobs"][0]["gpu"] == "cuda:3"
    assert said("hold", "1")[1]["jobs"][0]["state"] == "held"
    assert said("release", "1")[0] == 0 and said("move", "1", "1")[0] == 0 and said("run")[0] == 0
    assert said("remove", "2")[0] == 1 and "no job 2" in said("remove", "2")[1]["error"]
    assert said("stop")[0] == 1 and said("remove", "1")[1]["jobs"] == []
    with pytest.raises(SystemExit):
        main(["queue", "hold"])
