"""A clip of any pair is what diffusers makes of the same two files; at equal steps it is the training's preview."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKLWan, UniPCMultistepScheduler, WanPipeline

from tests import tiny_pipeline
from wannb.data.video import iter_frames, probe
from wannb.data.video_file import write_mp4
from wannb.runs.clips.making import Maker
from wannb.runs.clips.saved import files_of
from wannb.runs.clips.wish import Wish
from wannb.wan.adapters import lora, lora_file
from wannb.wan.adapters.adapter import Adapter
from wannb.wan.loading import weights


@pytest.fixture(scope="module")
def maker(trained):
    return Maker(trained.config)


def wish(run, high, low, **changes):
    return Wish.of(run.config.samples[0], high, low, **changes)


def frames(maker, run, wished):
    return maker.frames(wished, files_of(run, wished))


def shown(path):
    return np.stack(list(iter_frames(path, range(probe(path).frames))))


def test_a_pair_is_what_diffusers_makes_of_its_files(trained, maker, models):
    """The pipeline as a user of the files would build it, with `load_lora_weights` for both experts."""
    wished = wish(trained, 3, 1, high_strength=1.5, low_strength=0.5, steps=4, guidance_scale=3.0, guidance_scale_2=2.0)
    vae = AutoencoderKLWan.from_pretrained(models["t2v"], subfolder="vae")
    pipeline = WanPipeline.from_pretrained(models["t2v"], vae=vae, torch_dtype=torch.float32)
    pipeline.scheduler = UniPCMultistepScheduler.from_config(pipeline.scheduler.config, flow_shift=12.0)
    files = files_of(trained, wished)
    for expert, second in (("high", False), ("low", True)):
        pipeline.load_lora_weights(
            files[expert].parent, weight_name=files[expert].name, adapter_name=expert, load_into_transformer_2=second
        )
    pipeline.transformer.set_adapters("high", 1.5)
    pipeline.transformer_2.set_adapters("low", 0.5)
    reference = pipeline(
        prompt=wished.prompt, negative_prompt=wished.negative, width=32, height=32, num_frames=5,
        num_inference_steps=4, guidance_scale=3.0, guidance_scale_2=2.0,
        generator=torch.Generator().manual_seed(wished.seed),
    ).frames[0]  # fmt: skip
    made = frames(maker, trained, wished)
    apart = np.abs(made.astype(int) - (reference * 255).round().astype(int))
    assert apart.max() <= 1
    base = frames(maker, trained, wished.base)
    assert np.abs(made.astype(int) - base).max() > 3  # the LoRAs do something


def test_equal_steps_give_the_trainings_preview(trained, maker, tmp_path):
    """Bit by bit, as files in float32 lose nothing: the same mp4."""
    for step in (2, 0, 3):
        write_mp4(tmp_path / "clip.mp4", frames(maker, trained, wish(trained, step, step)))
        preview = trained.dir.preview(step, 0, ".mp4")
        assert (shown(tmp_path / "clip.mp4") == shown(preview)).all()


def test_files_are_exchanged_and_leave_nothing_behind(trained, maker):
    first, other = wish(trained, 1, 3), wish(trained, 3, 0)
    alone = frames(maker, trained, first)
    assert (frames(maker, trained, other) != alone).any()
    assert (frames(maker, trained, first) == alone).all()
    bare = replace(first, high=2, high_strength=0, low=0)
    assert (frames(maker, trained, bare) == frames(maker, trained, first.base)).all()


def test_another_rank_and_kind_takes_the_place_of_the_first(trained, maker, models, tmp_path):
    """Files of rank 2 and of LoKr after one of rank 4, and back: each as if it were the only one."""
    small = written(tmp_path / "small.safetensors", models["t2v"], Adapter("lora", 2, 2))
    lokr = written(tmp_path / "lokr.safetensors", models["t2v"], Adapter("lokr", 4, 4, factor=4))
    wished = wish(trained, 3, 3)
    first = frames(maker, trained, wished)
    for file in (small, lokr, small):
        files = {"high": file, "low": file}
        made = maker.frames(wished, files)
        assert (made == Maker(trained.config).frames(wished, files)).all() and (made != first).any()
    assert (frames(maker, trained, wished) == first).all()


def written(path, model, adapter):
    """A LoRA file whose weights change what the expert gives."""
    expert = weights.load_expert(model, "high", torch.float32, "cpu")
    lora.attach(expert, adapter, seed=1)
    tiny_pipeline.shake(expert, 1)
    lora_file.write(path, lora.state(expert), adapter, torch.float32, header={})
    return path


def test_low_vram_makes_the_same_clip(trained, maker):
    job = trained.config
    job.model.low_vram = True
    saving, wished = Maker(job), wish(trained, 2, 1)
    assert (frames(saving, trained, wished) == frames(maker, trained, wished)).all()
    saving.read(["another prompt"])
    assert (frames(saving, trained, wished) == frames(maker, trained, wished)).all()


def test_a_run_of_one_expert_starts_from_its_first_frame(lone, tmp_path):
    maker = Maker(lone.config)
    for high in (0, 3):  # it trained no high-noise expert: any step of it is the base
        write_mp4(tmp_path / "clip.mp4", frames(maker, lone, wish(lone, high, 3)))
        assert (shown(tmp_path / "clip.mp4") == shown(lone.dir.preview(3, 0, ".mp4"))).all()


def test_the_text_encoder_is_loaded_for_new_prompts_alone(trained, monkeypatch):
    loads = []
    load = weights.load_text
    monkeypatch.setattr(weights, "load_text", lambda *given: loads.append(1) or load(*given))
    maker = Maker(trained.config)
    maker.read([wish(trained, 1, 1).prompt])  # the training encoded it
    assert loads == []
    maker.read(["green circle", "blue circle"])
    maker.read(["blue circle"])
    assert loads == [1]
