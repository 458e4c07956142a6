"""Previews of a run with a distillation LoRA: few steps, labelled so that none takes them for plain, no trace in it."""

from dataclasses import replace

import pytest
import torch
from safetensors.torch import save_file

from tests.train import small_job
from wannb.job.cost.preview_plan import previews_of
from wannb.job.distilled_previews import previewed
from wannb.refusal import Refusal
from wannb.runs.clips.shelf import Shelf
from wannb.runs.clips.wish import Wish
from wannb.runs.run import Run
from wannb.runs.trainer import train

WIDTH = 24  # of the random expert


def write(path, seed, width=WIDTH):
    """A file as lightx2v's tools write it."""
    generator = torch.Generator().manual_seed(seed)
    layer = "diffusion_model.blocks.0.self_attn.q"
    tensors = {
        f"{layer}.lora_down.weight": torch.randn(2, width, generator=generator),
        f"{layer}.lora_up.weight": torch.randn(width, 2, generator=generator),
        f"{layer}.alpha": torch.tensor(2.0),
        f"{layer}.diff_b": torch.randn(width, generator=generator),
        "diffusion_model.blocks.0.norm3.diff": torch.randn(width, generator=generator),
    }
    save_file(tensors, path)
    return str(path)


@pytest.fixture(scope="module")
def jobs(tmp_path_factory, models):
    """name -> a finished job of three steps: without and with a distillation LoRA for previews."""
    folder, made = tmp_path_factory.mktemp("set"), {}
    small_job.clips(folder / "clips")
    for name in ("plain", "fast"):
        job = small_job.job(folder, models["t2v"], disable_sampling=False, steps=3)
        job.name = name
        if name == "fast":
            own = job.wannb.preview_lora
            own.high, own.low = (write(folder / f"light_{one}.safetensors", i) for i, one in enumerate(("high", "low")))
        train(job)
        made[name] = job
    return made


def test_they_are_labelled_and_made_in_few_steps_without_guidance(jobs):
    fast, plain = (Run(jobs[name].run_dir).previews for name in ("fast", "plain"))
    assert [one.step for one in fast] == [one.step for one in plain] == [0, 3]
    for one, other in zip(fast, plain, strict=True):
        assert one.facts["distilled"] == "4 steps with light_high" and "distilled" not in other.facts
        assert (one.facts["steps"], one.facts["guidance_scale"], one.facts["shift"]) == (4, 1.0, 5.0)
        assert one.video.read_bytes() != other.video.read_bytes()


def test_training_is_not_touched(jobs):
    fast, plain = (Run(jobs[name].run_dir).checkpoint() for name in ("fast", "plain"))
    for expert in ("high", "low"):
        ours, theirs = (getattr(one, expert).read_bytes() for one in (fast, plain))
        assert ours[-2000:] == theirs[-2000:]  # the weights; the headers differ in the name


def test_no_wish_finds_them(jobs):
    for name, found in (("plain", True), ("fast", False)):
        job = jobs[name]
        for sample in (job.samples[0], replace(job.samples[0], steps=4, guidance_scale=1.0, guidance_scale_2=1.0)):
            clip = Shelf(job.run_dir).find(Wish.of(sample, 3, 3))
            assert (clip is not None) == (found and sample.steps == 2)


def test_they_cost_what_they_are(jobs):
    for name, steps, guided in (("plain", 2, True), ("fast", 4, False)):
        job = jobs[name]
        (one,) = previews_of(job)
        assert (one.steps, one.guided) == (steps, guided)
        assert previewed(job, job.samples[0]).steps == steps


def test_a_file_of_another_model_is_refused_before_the_first_step(jobs, tmp_path):
    job = small_job.job(tmp_path, jobs["plain"].model.name_or_path, disable_sampling=False, steps=3)
    small_job.clips(tmp_path / "clips")
    job.wannb.preview_lora.high = job.wannb.preview_lora.low = write(tmp_path / "wide.safetensors", 0, 32)
    with pytest.raises(Refusal, match="of another model"):
        train(job)
    assert not Run(job.run_dir).metrics()
