"""What a run directory holds, who may write it, and what its readers make of half-written files."""

import json

import pytest

from tests.train import small_job
from wannb.refusal import Refusal
from wannb.runs import checkpoints, metrics
from wannb.runs.claim import claimed
from wannb.runs.run import Run
from wannb.runs.rundir import RunDir
from wannb.runs.sampling import sample
from wannb.runs.trainer import train
from wannb.wan import attention_ways
from wannb.wan.adapters import lora_file


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("set")
    small_job.clips(root / "clips")
    return root


@pytest.fixture(scope="module")
def done(folder, models):
    """A finished I2V run of the high-noise expert alone, with previews."""
    small_job.clips(folder / "stills", image=True)
    job = small_job.job(folder, models["i2v"], "i2v", disable_sampling=False, steps=7)
    job.name = "done"
    job.model.model_kwargs.train_low_noise = False
    job.saving.save_every = 2
    job.sample.samples[0].ctrl_img = str(folder / "stills/still.png")
    train(job)
    return job


def test_single_stage_run_has_its_files(done):
    run = Run(done.run_dir)
    names = sorted(path.name for path in (run.path / "checkpoints").iterdir())
    kept = ["done_000000004_high_noise.safetensors", "done_000000006_high_noise.safetensors"]
    assert names == [*kept, "done_high_noise.safetensors"]  # the newest 2 of 3, and the final one besides
    assert [preview.step for preview in run.previews] == [0, 4, 7]
    assert all(preview.video.exists() and preview.poster.exists() for preview in run.previews)
    assert run.previews[0].facts["boundary"] == 0.9
    assert [row["step"] for row in run.metrics()] == list(range(1, 8))
    assert run.config.anchored().to_dict() == done.anchored().to_dict()
    _, header = lora_file.read(run.checkpoint().high)
    assert (header["wannb.steps"], header["wannb.expert"], header["wannb.trigger"]) == ("7", "high", "fast")
    assert str(done.run_dir.parent) not in json.dumps(header)


def test_a_package_that_is_of_no_use_here_is_told_of_once(folder, models, monkeypatch):
    job = small_job.job(folder, models["t2v"], steps=2)
    job.name = "unusable"
    monkeypatch.setattr(attention_ways, "unusable", lambda: {"FlashAttention 4": "ImportError: no cutlass"})
    train(job)
    told = [event["message"] for event in Run(job.run_dir).events() if event["event"] == "warned"]
    assert told == [
        "FlashAttention 4 is installed and cannot be used here (ImportError: no cutlass): attention goes another way."
    ]


def test_sampling_takes_any_step(done):
    clip = sample(done.run_dir, high=4, seed=1)
    assert clip.exists() and clip.parent.name == "samples"
    with pytest.raises(Refusal, match="no checkpoint of step 3: there are 4, 6, final"):
        sample(done.run_dir, high=3)


def test_a_second_run_is_refused_and_a_changed_one_too(done):
    with pytest.raises(Refusal, match="already holds a run"):
        train(done)
    done.network.linear = 8
    try:
        with pytest.raises(Refusal, match="network.linear was 4 and is now 8"):
            train(done, resume=True)
    finally:
        done.network.linear = 4
    with claimed(RunDir(done.run_dir)), pytest.raises(Refusal, match="Another process"):
        train(done, resume=True)


def test_more_steps_go_on_as_if_they_had_been_asked_for_at_once(folder, models):
    at_once = small_job.job(folder, models["t2v"], steps=5)
    later = small_job.job(folder, models["t2v"], steps=3)
    later.name = "later"
    train(at_once), train(later)
    later.train.steps = 5
    assert train(later, resume=True).step == 5
    rows = [[(row["step"], row["loss"]) for row in Run(job.run_dir).metrics()] for job in (at_once, later)]
    assert rows[0] == rows[1]
    with pytest.raises(Refusal, match="past the 3"):
        later.train.steps = 3
        train(later, resume=True)


def test_i2v_sample_without_image_is_refused_before_anything(folder, models):
    job = small_job.job(folder, models["i2v"], "i2v", disable_sampling=False)
    job.name = "no-image"
    with pytest.raises(Refusal, match="control image"):
        train(job)
    assert not job.run_dir.exists()


def test_loss_that_is_no_number_stops_before_it_is_learned(folder, models):
    job = small_job.job(folder, models["t2v"], lr=100, optimizer_params={"weight_decay": 1e30})
    job.name = "nan"
    with pytest.raises(Refusal, match="lower train.lr"):
        train(job)
    assert Run(job.run_dir).events()[-1]["event"] == "died"


def test_half_lines_are_left_out(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"step": 1, "loss": 0.5}\n{"step": 2, "loss": 0.25}\n{"step": 3, "lo')
    assert [row["step"] for row in metrics.read(path)] == [1, 2]
    assert [row["step"] for row in metrics.truncate(path, 1)] == [1]
    assert path.read_text() == '{"step": 1, "loss": 0.5}\n'
    assert metrics.read(tmp_path / "none.jsonl") == []


def test_rotation_counts_pairs(tmp_path):
    run = RunDir(tmp_path / "name_000000001_high_noise")
    for step in (10, 5, 100_000_000, None):
        for expert in ("high", "low"):
            run.checkpoint(expert, step).parent.mkdir(parents=True, exist_ok=True)
            run.checkpoint(expert, step).touch()
    checkpoints.rotate(run, 2)
    assert run.checkpoint_steps() == [10, 100_000_000]
    assert run.checkpoint("high").exists() and not run.checkpoint("low", 5).exists()
