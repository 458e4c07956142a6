"""A launched run needs nobody: it outlives its launcher, and any process can look on and ask."""

import os
import shlex
import signal
import subprocess
import sys
import time

import psutil
import pytest

from tests.runs import launched
from tests.train import small_job
from wannb.cli import main
from wannb.refusal import Refusal
from wannb.runs import liveness
from wannb.runs.launching import launch
from wannb.runs.run import Run
from wannb.runs.waiting import train

LONG = 100_000  # steps


@pytest.fixture
def job(tmp_path, models):
    small_job.clips(tmp_path / "clips")
    job = small_job.job(tmp_path, models["t2v"], disable_sampling=False)
    yield job
    trainer = liveness.trainer_of(Run(job.run_dir).dir) if (job.run_dir / "process.json").exists() else None
    if trainer and liveness.exists(trainer.pid, trainer.began):
        psutil.Process(trainer.pid).kill()


@pytest.fixture
def forked(monkeypatch):
    monkeypatch.setattr("wannb.runs.launching._started", launched.forked)


def until(true, seconds=60.0):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_run_outlives_the_process_that_launched_it(job, tmp_path):
    """The one test with a fresh interpreter and no stand-in: as a kernel launches, and dies."""
    job.train.steps = LONG
    job.save(tmp_path / "job.yaml")
    code = "import sys; from tests.runs.launched import launcher; launcher(sys.argv[1])"
    kernel = subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "job.yaml")], start_new_session=True)
    until(lambda: (job.run_dir / "process.json").exists())
    run = Run(job.run_dir)
    trainer = psutil.Process(liveness.trainer_of(run.dir).pid)
    assert kernel.pid not in [trainer.pid, *(parent.pid for parent in trainer.parents())]
    assert os.getsid(trainer.pid) != os.getsid(kernel.pid)
    assert run.config.train.steps == LONG and run.state in ("starting", "training")
    os.killpg(kernel.pid, signal.SIGKILL)
    kernel.wait()
    until(lambda: len(run.metrics()) > 3)
    assert run.alive and run.state == "training"
    with pytest.raises(Refusal, match="already holds a run"):
        launch(job)
    with pytest.raises(Refusal, match="Another process is training"):
        launch(job, resume=True)
    step = run.stop(wait=30)
    until(lambda: not run.alive)
    assert [row["step"] for row in run.metrics()] == list(range(1, step + 1))
    assert [one.step for one in run.previews][0] == 0 and run.state == "stopped"
    assert f"Stopped after step {step}" in run.dir.log.read_text()


def test_waiting_tells_what_training_tells(job, forked):
    told = []
    result = train(job, progress=lambda phase, done, total, **facts: told.append((phase, done, total, facts)))
    run = Run(job.run_dir)
    assert (result.run, result.step, result.state) == (run.path, 8, "done") and len(result.checkpoints) == 6
    rows = [facts["row"] for phase, _, _, facts in told if phase == "training"]
    assert rows == list(run.metrics()) and {total for phase, _, total, _ in told if phase == "training"} == {8}
    assert "preview" in {phase for phase, *_ in told}
    job.train.steps = 10
    told.clear()
    assert train(job, resume=True, progress=lambda phase, done, *_, **facts: told.append((phase, done))).step == 10
    assert [done for phase, done in told if phase == "training"] == [9, 10]


def test_an_interrupted_wait_stops_the_run_and_saves_it(job, forked):
    job.train.steps = LONG

    def interrupt(phase, done, total, **facts):
        if phase == "training" and done == 3:
            raise KeyboardInterrupt

    result = train(job, progress=interrupt)
    assert result.state == "stopped" and 3 <= result.step < LONG
    assert (result.run / f"state/{result.step:09d}").is_dir() and "--resume" in result.message


def test_a_run_that_ends_at_once_says_why(job, forked):
    job.model.name_or_path = str(job.run_dir)  # experts and nothing else; known only where models are read
    for expert in ("transformer", "transformer_2"):
        (job.run_dir / expert).mkdir(parents=True)
        (job.run_dir / expert / "config.json").write_text('{"in_channels": 16}')
    with pytest.raises(Refusal, match="not a complete Wan 2.2 folder"):
        launch(job)
    job.datasets[0].folder_path = "nowhere"
    with pytest.raises(Refusal, match="nowhere"):
        launch(job)
    assert not (job.run_dir / "process.json").exists() and not (job.run_dir / "config.yaml").exists()


def test_a_run_that_is_killed_says_how_to_go_on(job, forked):
    job.train.steps = LONG

    def kill(phase, done, total, **facts):
        if phase == "training" and done == 4:
            os.kill(liveness.trainer_of(Run(job.run_dir).dir).pid, signal.SIGKILL)

    with pytest.raises(Refusal, match="ended without a word.*--resume"):
        train(job, progress=kill)
    run = Run(job.run_dir)
    until(lambda: not run.alive)
    assert run.state == "died"
    resumed = launch(run.config, resume=True)
    until(lambda: resumed.metrics()[-1]["step"] > 8)
    assert resumed.state == "training"


def test_a_log_that_is_a_link_is_not_written(job, tmp_path):
    job.run_dir.mkdir(parents=True)
    (tmp_path / "mine").write_text("mine")
    (job.run_dir / "log.txt").symlink_to(tmp_path / "mine")
    with pytest.raises(OSError):
        launch(job)
    assert (tmp_path / "mine").read_text() == "mine"


def test_the_shell_launches_tells_and_stops(job, forked, tmp_path, capsys):
    job.train.steps = LONG
    job.save(tmp_path / "job.yaml")
    assert main(["launch", str(tmp_path / "job.yaml")]) == 0
    run = Run(job.run_dir)
    until(lambda: len(run.metrics()) > 4)
    assert main(["status", str(tmp_path)]) == 0
    line = capsys.readouterr().out.splitlines()[-1]
    assert "training · step" in line and f"/{LONG}" in line and "high loss" in line and "s/step" in line
    assert main(["stop", str(run.path), "--wait", "30"]) == 0
    assert "--resume" in capsys.readouterr().out
    until(lambda: not run.alive)
    assert main(["stop", shlex.quote(str(run.path))]) == 1
    assert main(["status"]) == 0
