"""`status` and `stop` on runs that nobody trains, and what a resume says it changes."""

from pathlib import Path

import pytest

from tests.train import small_job
from wannb.job import Job
from wannb.runs.events import Events
from wannb.runs.lines import write_lines
from wannb.runs.rundir import RunDir

ROWS = [
    {"step": 3, "stage": "high", "loss": 0.5, "seconds": 2.0},
    {"step": 4, "stage": "low", "loss": 0.25, "seconds": 4.0},
]


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """A job whose run stopped after step 4 of 8, its rate changed on the way."""
    job = small_job.job(tmp_path, tmp_path)
    run = RunDir(job.run_dir)
    changed = job.anchored()
    changed.train.lr = 5e-3
    changed.save(run.config)
    write_lines(run.metrics, ROWS)
    events = Events(run.events)
    events.add("started", 0, steps=8)
    events.add("stopped", 4, reason="stop")
    events.close()
    return job


def test_status_finds_the_runs_in_a_folder(shell, job: Job, tmp_path: Path) -> None:
    broken = tmp_path / "runs/broken"
    broken.mkdir()
    (broken / "config.yaml").write_text("{")
    told = shell("status", tmp_path, "--json")
    other, run = told.json["runs"]
    assert told.code == 0 and (other["state"], Path(other["run"]).name) == ("unreadable", "broken")
    assert (run["state"], run["step"], run["steps"], run["s_per_step"]) == ("stopped", 4, 8, 3.0)
    assert run["loss"] == {"high": 0.5, "low": 0.25} and run["eta_s"] is None and run["preview"] is None
    assert shell("status", job.run_dir, "--json").json["runs"] == [run]
    assert "stopped · step 4/8 · 3 s/step · high loss 0.5000 · low loss 0.2500" in shell("status", tmp_path).out


def test_status_of_no_runs_and_of_no_folder(shell, tmp_path: Path) -> None:
    told = shell("status", tmp_path)
    assert told.code == 0 and "No runs" in told.out
    assert shell("status", tmp_path / "nowhere").code == 1


def test_a_run_that_nobody_trains_cannot_be_stopped(shell, job: Job) -> None:
    told = shell("stop", job.run_dir)
    assert told.code == 1 and "stopped" in told.err and "--resume" in told.err
    assert not RunDir(job.run_dir).control.exists()


@pytest.mark.parametrize("verb", ["train", "launch"])
def test_a_resume_says_what_the_given_file_changes(shell, job: Job, tmp_path: Path, verb: str) -> None:
    job.save(tmp_path / "job.yaml")
    told = shell(verb, tmp_path / "job.yaml", "--resume")
    assert told.code == 1  # the clips are not there
    assert "changed: train.lr was 0.005" in told.err and "is now 0.01" in told.err
    assert Job.load(RunDir(job.run_dir).config).train.lr == 5e-3
