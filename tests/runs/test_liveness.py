"""Who trains a run is told by pid and start time together, and by the lock; of another host only files tell."""

import dataclasses
import json
import os
import subprocess
import sys
import time

import psutil
import pytest

from wannb.refusal import Refusal
from wannb.runs import liveness
from wannb.runs.claim import claimed, held
from wannb.runs.events import Events
from wannb.runs.run import Run
from wannb.runs.rundir import RunDir


@pytest.fixture
def run(tmp_path):
    run = RunDir(tmp_path / "run")
    run.path.mkdir()
    liveness.announce(run)
    return run


def rewrite(run, **facts):
    process = dataclasses.asdict(liveness.trainer_of(run)) | facts
    run.process.write_text(json.dumps(process))


def test_this_process_is_alive_while_it_holds_the_run(run):
    assert liveness.trainer_of(run).pid == os.getpid()
    with claimed(run):
        assert liveness.alive(run) and Run(run.path).state == "starting"
    assert liveness.alive(run) is False and Run(run.path).state == "died"


def test_a_pid_that_another_program_has_now_is_not_the_trainer(run):
    rewrite(run, began=psutil.Process().create_time() - 60)
    assert not liveness.exists(os.getpid(), liveness.trainer_of(run).began)
    assert liveness.alive(run) is False
    with claimed(run):  # the clock was set: the lock is the second witness
        assert liveness.alive(run) is True


def test_a_process_that_ended_and_was_not_collected_is_gone():
    process = subprocess.Popen([sys.executable, "-c", ""])
    began = psutil.Process(process.pid).create_time()
    until = time.monotonic() + 10
    while liveness.exists(process.pid, began) and time.monotonic() < until:
        time.sleep(0.01)
    assert psutil.Process(process.pid).status() == psutil.STATUS_ZOMBIE
    assert not liveness.exists(process.pid, began)
    process.wait()


def test_another_host_is_judged_by_its_files(run):
    rewrite(run, host="elsewhere")
    assert liveness.alive(run) is None
    events = Events(run.events)
    events.add("started", 0, steps=8)
    assert Run(run.path).state == "training"
    for file in (run.process, run.events):
        os.utime(file, (time.time() - 3600,) * 2)
    assert Run(run.path).state == "silent"
    with pytest.raises(Refusal, match="silent"):
        Run(run.path).stop()
    events.add("stopped", 3, reason="SIGTERM")
    assert Run(run.path).state == "stopped"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": "x"}', '{"pid": 1, "began": 1e999, "host": 3, "at": null}'])
def test_a_damaged_file_is_no_process(run, text):
    run.process.write_text(text)
    assert liveness.alive(run) in (False, None)


def test_a_look_does_not_keep_a_trainer_away(run):
    with claimed(run):
        assert held(run) is True
    look = "import sys,time; from pathlib import Path\nfrom wannb.runs.claim import held\n"
    look += "from wannb.runs.rundir import RunDir\nwhile True: held(RunDir(Path(sys.argv[1])))"
    looking = subprocess.Popen([sys.executable, "-c", look, str(run.path)])
    try:
        time.sleep(0.6)
        for _ in range(300):
            with claimed(run):
                pass
    finally:
        looking.kill()
        looking.wait()


def test_only_what_is_a_run_is_one(tmp_path):
    with pytest.raises(Refusal, match="holds no run"):
        Run(tmp_path)
