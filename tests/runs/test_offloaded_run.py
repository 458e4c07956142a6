"""A run whose weights stream is the run whose weights stay: rows, files, measurements, previews, also when resumed."""

import pytest
import torch

from tests.runs.test_resume_with_every_knob import facts, stopping_after
from tests.train import small_job
from wannb.data.video import read_frames
from wannb.runs.run import Run
from wannb.runs.trainer import train
from wannb.wan.adapters import lora_file

KEPT = {"cache_text_embeddings": False, "disable_sampling": False, "gradient_checkpointing": True, "steps": 5}


def run_of(folder, models, name, stages=("high", "low"), **model):
    job = small_job.job(folder, models["t2v"], **KEPT)
    job.name, job.wannb.validate_every, job.wannb.validate_clips = name, 2, 1
    job.model.model_kwargs.train_high_noise = "high" in stages
    for key, value in model.items():
        setattr(job.model, key, value)
    job.wannb.keep = "offloaded" if model else "inputs"
    return job


def everything(run: Run):
    """What a run leaves: rows without times, weights, measurements, pictures."""
    files = run.path.glob("checkpoints/*")
    weights = {file.name.removeprefix(run.path.name): lora_file.read(file)[0] for file in files}
    clips = {clip.relative_to(run.path): read_frames(clip, [0, 4]) for clip in run.path.glob("previews/*/*.mp4")}
    validations = [row["losses"] for row in run.validation()]
    return facts(run), weights, validations, clips


@pytest.mark.parametrize("stages", [("high", "low"), ("low",)])
def test_streamed_and_swapped_it_is_the_same_run(tmp_path, models, stages):
    small_job.clips(tmp_path / "clips")
    train(run_of(tmp_path, models, "plain", stages))
    moving = run_of(tmp_path, models, "moving", stages, low_vram=True, layer_offloading=True)
    train(moving, progress=stopping_after(3))
    train(moving, resume=True)
    rows, weights, validations, clips = everything(Run(tmp_path / "runs" / "plain"))
    same_rows, same_weights, same_validations, same_clips = everything(Run(tmp_path / "runs" / "moving"))
    assert same_rows == rows and same_validations == validations and len(validations) > 2
    assert weights.keys() == same_weights.keys() and len(weights) >= 2
    for name, tensors in weights.items():
        assert all(torch.equal(tensor, same_weights[name][key]) for key, tensor in tensors.items())
    assert clips.keys() == same_clips.keys() and len(clips) == 3
    assert all((frames == same_clips[name]).all() for name, frames in clips.items())
