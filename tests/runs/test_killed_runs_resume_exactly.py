"""Principle 5: a run killed anywhere and resumed is the run that was never killed, to the last digit."""

import multiprocessing
import os
import signal
import time
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from tests.runs import killed, launched
from tests.train import small_job
from wannb.job import Job
from wannb.runs.log import MEASURED
from wannb.runs.run import Run

# every training is a process of its own; they fork from one that has torch imported already
processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload([*launched.ON_ITS_WAY, "tests.runs.killed"])


def launch(job_file: Path, place: str = "none", count: int = 0, resume: bool = False) -> multiprocessing.Process:
    said = str(job_file.with_name("said.txt"))
    process = processes.Process(target=killed.run, args=(str(job_file), place, count, resume, said))
    process.start()
    return process


def ended(process: multiprocessing.Process) -> int:
    process.join(timeout=120)
    return process.exitcode


def prepared(folder: Path, models: dict, task: str) -> Path:
    """A job with accumulation, dropout, both experts, mixed buckets and previews, its clips beside it."""
    small_job.clips(folder / "clips", image=task == "t2v")
    job = small_job.job(folder, models[task], task, disable_sampling=task == "i2v", gradient_checkpointing=True)
    job.save(folder / "job.yaml")
    return folder / "job.yaml"


def facts(run: Run) -> list[dict]:
    """The metrics without what was measured."""
    return [{key: value for key, value in row.items() if key not in MEASURED} for row in run.metrics()]


def files(run: Run) -> dict[str, bytes]:
    """What has one right content. Of previews the poster and facts: x264 codes equal tiny frames in several ways."""
    kept = [path for folder in ("checkpoints", "previews", "state") for path in sorted((run.path / folder).rglob("*"))]
    kept = [path for path in kept if path.is_file() and path.suffix != ".mp4"]
    return {str(path.relative_to(run.path)): path.read_bytes() for path in kept}


def norms(run: Run) -> list[str]:
    return sorted(run.dir.norms.read_text().splitlines())


@pytest.fixture(scope="module")
def whole(tmp_path_factory, models):
    """task -> the run that nobody killed."""
    runs = {}
    for task in ("t2v", "i2v"):
        folder = tmp_path_factory.mktemp(f"whole-{task}")
        assert ended(launch(prepared(folder, models, task))) == 0
        runs[task] = Run(folder / "runs/small")
    return runs


@pytest.mark.parametrize(
    ("task", "kills"),
    [
        ("t2v", [("step", 1), ("step", 5)]),
        ("t2v", [("row", 7), ("lora", 2)]),
        ("t2v", [("lora", 3), ("state-file", 1), ("rename", 2)]),
        ("i2v", [("state-file", 4), ("row", 1), ("clean", 1)]),
    ],
)
def test_killed_run_is_the_whole_run(tmp_path, models, whole, task, kills):
    job_file = prepared(tmp_path, models, task)
    for number, kill in enumerate(kills):
        assert ended(launch(job_file, *kill, resume=number > 0)) == -signal.SIGKILL
    assert ended(launch(job_file, resume=True)) == 0
    run = Run(tmp_path / "runs/small")
    assert facts(run) == facts(whole[task])
    assert files(run) == files(whole[task])
    assert norms(run) == norms(whole[task])
    assert not [path for path in run.path.rglob(".*") if path.name != ".lock"]
    assert curve(run) == curve(whole[task])


def test_a_state_between_two_saves_leaves_nothing_behind(tmp_path, models, whole):
    job_file = prepared(tmp_path, models, "i2v")
    job = Job.load(job_file)
    job.wannb.save_minutes = 1e-6  # a state after every step
    job.save(job_file)
    assert ended(launch(job_file, "row", 3)) == -signal.SIGKILL
    run = Run(tmp_path / "runs/small")
    state = max(int(folder.name) for folder in (run.path / "state").iterdir())
    assert state % job.saving.save_every
    assert ended(launch(job_file, resume=True)) == 0
    assert facts(run) == facts(whole["i2v"]) and norms(run) == norms(whole["i2v"])


def curve(run: Run) -> list[tuple[int, float]]:
    board = EventAccumulator(str(run.path)).Reload()
    return [(event.step, event.value) for stage in ("high", "low") for event in board.Scalars(f"loss/{stage}")]


def test_tensorboard_has_every_loss_once(whole):
    run = whole["t2v"]
    assert dict(curve(run)) == pytest.approx({row["step"]: row["loss"] for row in run.metrics()})
    assert len(curve(run)) == len(run.metrics()) == 8


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_asked_to_stop_it_saves_and_says_how_to_go_on(tmp_path, models, whole, number):
    job_file = prepared(tmp_path, models, "i2v")
    process = launch(job_file)
    metrics = tmp_path / "runs/small/metrics.jsonl"
    while process.is_alive() and not (metrics.exists() and b"\n" in metrics.read_bytes()):
        time.sleep(0.002)
    os.kill(process.pid, number)
    assert ended(process) == 0
    run = Run(tmp_path / "runs/small")
    assert "--resume" in (tmp_path / "said.txt").read_text()
    assert run.events()[-1]["reason"] == number.name
    step = run.metrics()[-1]["step"]
    assert step < 8 and (run.path / f"state/{step:09d}").is_dir()
    assert ended(launch(job_file, resume=True)) == 0
    assert facts(run) == facts(whole["i2v"])
    assert run.checkpoint().high.read_bytes() == whole["i2v"].checkpoint().high.read_bytes()
