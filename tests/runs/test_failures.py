"""What ends a run besides the last step: what is good is saved, the sentence has the cure, and a resume is exact."""

import errno
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import torch

from tests.train import small_job
from wannb.cli.main import main
from wannb.refusal import Refusal
from wannb.runs import previews, state, trainer, training
from wannb.runs.log import MEASURED
from wannb.runs.run import Run
from wannb.runs.rundir import RunDir
from wannb.runs.save_clock import SaveClock
from wannb.runs.tensorboard import EventWriter
from wannb.runs.trainer import train
from wannb.train import examples, loop

STEPS = 5
NO_SPACE = OSError(errno.ENOSPC, "No space left on device")


def made(folder, models):
    small_job.clips(folder / "clips")
    job = small_job.job(folder, models["t2v"], steps=STEPS)
    job.saving.save_every = 2
    return job


@pytest.fixture
def job(tmp_path, models):
    return made(tmp_path, models)


@pytest.fixture(scope="module")
def whole(tmp_path_factory, models):
    """The metrics of the job where nothing fails."""
    torch.set_num_threads(1)
    job = made(tmp_path_factory.mktemp("whole"), models)
    train(job)
    return facts(job)


def facts(job):
    rows = Run(job.run_dir).metrics()
    return [{key: value for key, value in row.items() if key not in MEASURED} for row in rows]


def failing(monkeypatch, place, name, error, call, do_first=False):
    """Have the `call`-th call of `place.name` raise `error`, after its work if `do_first`."""
    true, calls = getattr(place, name), []

    def wrapped(*args, **kwargs):
        calls.append(name)
        if len(calls) == call and not do_first:
            raise error
        result = true(*args, **kwargs)
        if len(calls) == call:
            raise error
        return result

    monkeypatch.setattr(place, name, wrapped)


def refused(job, resume=False):
    with pytest.raises(Refusal) as refusal:
        train(job, resume=resume)
    last = Run(job.run_dir).events()[-1]
    assert last["event"] == "died" and last["reason"] == str(refusal.value)
    return str(refusal.value)


def resumed(monkeypatch, job):
    monkeypatch.undo()
    torch.set_num_threads(1)
    assert train(job, resume=True).state == "done"
    return facts(job)


def newest(job):
    found = state.newest(RunDir(job.run_dir).state)
    return found and int(found.name)


def test_a_loss_that_is_no_number_saves_the_last_good_step(monkeypatch, job, whole):
    def poisoned(micro, *rest):
        losses = accumulate(micro, *rest)
        return type(losses)(lambda: losses.flow() * float("nan"), losses.kept) if micro.step == 4 else losses

    accumulate = loop.accumulate
    monkeypatch.setattr(loop, "accumulate", poisoned)
    said = refused(job)
    assert "became nan at step 4: lower train.lr and resume." in said
    assert "All up to step 3 is saved; go on with: wannb train" in said and "delete" in said
    assert newest(job) == 3 and len(facts(job)) == 3
    assert resumed(monkeypatch, job) == whole


def test_a_lora_that_is_no_number_is_not_saved(monkeypatch, job, whole):
    def step(self, *rest):
        true_step(self, *rest)
        calls.append(self)
        if len(calls) == 3:
            self.param_groups[0]["params"][0].data.fill_(torch.inf)

    true_step, calls = torch.optim.AdamW.step, []
    monkeypatch.setattr(torch.optim.AdamW, "step", step)
    said = refused(job)
    assert "LoRA of the low-noise expert became" in said and "at step 3" in said and "All up to step 2 is saved" in said
    assert newest(job) == 2
    assert resumed(monkeypatch, job) == whole


def test_out_of_memory_names_the_micro_batch_and_saves(monkeypatch, job, whole):
    failing(monkeypatch, loop, "accumulate", torch.OutOfMemoryError("CUDA out of memory."), call=7)
    said = refused(job)
    assert "Out of memory at step 4 on a micro-batch of 2 × 32×32×5 (16 tokens)" in said
    assert "train.gradient_checkpointing on" in said and "All up to step 3 is saved" in said
    assert newest(job) == 3
    assert resumed(monkeypatch, job) == whole


def test_out_of_memory_within_an_update_saves_no_half_step(monkeypatch, job, whole):
    failing(monkeypatch, torch.optim.AdamW, "step", torch.OutOfMemoryError("CUDA out of memory."), 4, do_first=True)
    said = refused(job)
    assert "Out of memory at step 4" in said and "All up to step 2 is saved" in said
    assert newest(job) == 2
    assert resumed(monkeypatch, job) == whole


def test_an_error_that_nobody_foresaw_saves_too_and_stays_itself(monkeypatch, job, whole):
    failing(monkeypatch, loop, "accumulate", ZeroDivisionError("odd"), call=7)
    with pytest.raises(ZeroDivisionError, match="odd") as raised:
        train(job)
    assert "All up to step 3 is saved" in raised.value.__notes__[0]
    assert resumed(monkeypatch, job) == whole


def test_the_shell_tells_where_a_run_stands_that_nobody_foresaw(monkeypatch, capsys, job, tmp_path):
    job.save(tmp_path / "job.yaml")
    failing(monkeypatch, loop, "accumulate", ZeroDivisionError("odd"), call=7)
    assert main(["train", str(tmp_path / "job.yaml")]) == 1
    said = capsys.readouterr().err
    assert "ZeroDivisionError: odd" in said and "All up to step 3 is saved" in said and "Traceback" not in said


def test_out_of_memory_in_a_preview_offers_smaller_previews(monkeypatch, job):
    job.train.disable_sampling, job.sample.sample_every = False, 3
    failing(monkeypatch, previews, "sample", torch.OutOfMemoryError("CUDA out of memory."), call=2)
    said = refused(job)
    assert "smaller previews" in said and "All up to step 3 is saved" in said


def test_a_preview_that_cannot_be_compiled_says_what_to_switch_off(monkeypatch, job):
    job.train.disable_sampling, job.sample.sample_every = False, 3
    failing(monkeypatch, previews, "sample", torch._dynamo.exc.TorchDynamoException("Python.h: No such file"), call=2)
    said = refused(job)
    assert "Python.h" in said and "Compiled Blocks off" in said and "All up to step 3 is saved" in said


@pytest.mark.parametrize(
    ("place", "name", "call"),
    [(state, "save_file", 3), (training.checkpoints.lora_file, "save_file", 4), (training.RunLog, "sync", 2)],
)
def test_a_save_that_finds_no_space_for_once(monkeypatch, job, whole, place, name, call):
    failing(monkeypatch, place, name, NO_SPACE, call)
    said = refused(job)
    assert "The disk is full" in said and "free" in said and str(job.run_dir) in said
    assert "save.max_step_saves_to_keep (now 2)" in said and "sample.sample_every" in said
    assert newest(job) == 4
    assert not [path for path in job.run_dir.rglob(".*") if path.name != ".lock"]
    assert resumed(monkeypatch, job) == whole
    assert len(Run(job.run_dir).checkpoints) == 3


def test_what_is_lost_for_lack_of_space_is_said_once(monkeypatch, job):
    def full(*_):
        raise NO_SPACE

    job.train.disable_sampling, job.sample.sample_every = False, 2
    monkeypatch.setattr(previews.video_file, "write_mp4", full)
    monkeypatch.setattr(EventWriter, "append", full)
    assert train(job).state == "done"
    warned = [event["message"] for event in Run(job.run_dir).events() if event["event"] == "warned"]
    assert sum("TensorBoard" in message for message in warned) == 1
    assert sum("preview of step 0 could not be written, training goes on" in message for message in warned) == 1
    assert len(facts(job)) == STEPS and Run(job.run_dir).previews == []


def test_a_clip_deleted_while_training_is_missed_at_the_resume(job):
    def delete(phase, done, total, **_):
        if phase == "training":
            (Path(job.datasets[0].folder_path) / "clip1.mp4").unlink(missing_ok=True)

    assert train(job, progress=delete).step == STEPS
    job.train.steps = STEPS + 1
    assert train(job, resume=True).step == STEPS + 1
    warned = [event["message"] for event in Run(job.run_dir).events() if event["event"] == "warned"]
    assert "gone: clip1.mp4)" in warned[0]


def test_a_cache_file_deleted_while_training_ends_saved_and_is_made_anew(monkeypatch, job, whole):
    monkeypatch.setattr(examples, "MEMORY", 0)

    def delete(phase, done, total, **_):
        if phase == "training" and done == 3:
            for file in (job.cache_dir / "latents").rglob("*.safetensors"):
                file.unlink()

    with pytest.raises(Refusal, match="missing from the cache.*All up to step 3 is saved"):
        train(job, progress=delete)
    assert resumed(monkeypatch, job) == whole


def test_a_cut_off_lora_is_left_out_and_written_again(job):
    job.saving.save_every = STEPS
    train(job)
    run = Run(job.run_dir)
    file = run.checkpoint(STEPS).high
    data = file.read_bytes()
    file.write_bytes(data[:-1])
    assert run.checkpoint(STEPS).high is None
    train(job, resume=True)
    assert run.checkpoint(STEPS).high.read_bytes() == data


def test_a_damaged_state_costs_the_steps_since_the_one_before(job):
    train(job)
    before = facts(job)
    for file in (job.run_dir / f"state/{STEPS:09d}").glob("high*"):
        file.write_bytes(file.read_bytes()[:-1])
    assert train(job, resume=True).step == STEPS
    events = Run(job.run_dir).events()
    assert any("is damaged" in event.get("message", "") for event in events if event["event"] == "warned")
    assert facts(job) == before and newest(job) == STEPS


def test_states_by_the_clock_bring_no_checkpoints(monkeypatch, job):
    now = iter(range(10**6))
    monkeypatch.setattr(training, "SaveClock", lambda minutes: SaveClock(minutes, lambda: next(now)))
    job.saving.save_every, job.wannb.save_minutes = 100, 1 / 60
    train(job)
    run = Run(job.run_dir)
    assert [event["step"] for event in run.events() if event["event"] == "saved"] == [1, 2, 3, 4, 5]
    assert [one.step for one in run.checkpoints] == [None]


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="no users here")
def test_a_read_only_folder_is_refused_before_anything_is_encoded(monkeypatch, job):
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o555)
        user = os.geteuid()
        job.training_folder, job.wannb.cache_folder = folder, folder
        monkeypatch.setattr(trainer, "prepare", lambda *_: pytest.fail("it went on"))
        monkeypatch.setattr(trainer, "refuse_errors", lambda _: None)
        monkeypatch.setattr(trainer.Model, "of", lambda _: None)
        try:
            if user == 0:  # to whom everything is writable
                os.seteuid(65534)
            with pytest.raises(Refusal, match=f"{folder}.*Permission denied.*another training_folder"):
                train(job)
        finally:
            os.seteuid(user)


def test_a_second_process_is_refused_with_a_sentence(job):
    code = (
        "import sys, pathlib, wannb.runs.claim as claim, wannb.runs.rundir as rundir\n"
        "with claim.claimed(rundir.RunDir(pathlib.Path(sys.argv[1]))): pass"
    )

    def second(phase, done, total, **_):
        if phase == "training" and done == 2:
            command = [sys.executable, "-c", code, str(job.run_dir)]
            answers.append(subprocess.run(command, capture_output=True, text=True).stderr)

    answers = []
    assert train(job, progress=second).state == "done"
    assert "Refusal: Another process is training" in answers[0]
    assert len(facts(job)) == STEPS
