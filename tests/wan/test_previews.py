"""Our sampling is a hand-called diffusers pipeline; each expert's LoRA has its own strength."""

import numpy as np
import pytest
import torch
from diffusers import UniPCMultistepScheduler, WanImageToVideoPipeline, WanPipeline
from PIL import Image

from tests import tiny_pipeline
from wannb.refusal import Refusal
from wannb.wan import lora, previews, weights
from wannb.wan.adapter import Adapter

EMBEDS = tuple(torch.randn(n, 32, generator=torch.Generator().manual_seed(n)) for n in (5, 2))
SIZE = {"width": 48, "height": 32, "num_frames": 5}


def components(folder, dtype=torch.float32, **changes):
    facts = weights.facts(folder)
    given = {
        "high": weights.load_expert(folder, "high", dtype, "cpu"),
        "low": weights.load_expert(folder, "low", dtype, "cpu"),
        "vae": weights.load_vae(folder, "cpu"),
        "boundary": facts.boundary,
        "shift": facts.shift,
        "scheduler_config": weights.load_scheduler_config(folder),
    }
    return previews.Components(**given | changes)


def request(task, **changes):
    image = Image.new("RGB", (48, 32), (10, 200, 90)) if task == "i2v" else None
    return previews.Request(**{**SIZE, "seed": 7, "steps": 4, "guidance_scale": 3.0, "image": image} | changes)


def padded(embed):
    return torch.cat([embed, torch.zeros(512 - len(embed), 32)])[None]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(("task", "kind"), [("t2v", WanPipeline), ("i2v", WanImageToVideoPipeline)])
def test_sampling_is_the_pipelines(folders, task, kind, dtype):
    vae = weights.load_vae(folders[task], "cpu")
    pipeline = kind.from_pretrained(folders[task], torch_dtype=dtype, vae=vae)
    shift = {"t2v": 12.0, "i2v": 5.0}[task]
    pipeline.scheduler = UniPCMultistepScheduler.from_config(pipeline.scheduler.config, flow_shift=shift)
    image = {"image": request(task).image} if task == "i2v" else {}
    reference = pipeline(
        prompt_embeds=padded(EMBEDS[0]),
        negative_prompt_embeds=padded(EMBEDS[1]),
        num_inference_steps=4,
        guidance_scale=3.0,
        guidance_scale_2=2.0,
        generator=torch.Generator().manual_seed(7),
        **SIZE,
        **image,
    ).frames[0]
    frames = previews.sample(components(folders[task], dtype), request(task, guidance_scale_2=2.0), EMBEDS)
    assert frames.shape == (5, 32, 48, 3) and frames.dtype == np.uint8
    assert (frames == (reference * 255).round().astype("uint8")).all()


def test_each_expert_has_its_own_strength(folders):
    parts = components(folders["t2v"])
    base = previews.sample(parts, request("t2v"), EMBEDS)
    for seed, expert in enumerate((parts.high, parts.low)):
        lora.attach(expert, Adapter("lora", 4, 4), seed=seed)
        tiny_pipeline.shake(expert, seed)
    clips = {
        pair: previews.sample(parts, request("t2v", high_strength=pair[0], low_strength=pair[1]), EMBEDS)
        for pair in ((0, 0), (1, 0), (0, 1), (1, 1))
    }
    assert (clips[0, 0] == base).all()
    assert len({clip.tobytes() for clip in clips.values()}) == 4
    assert (previews.sample(parts, request("t2v"), EMBEDS) == clips[1, 1]).all()


def test_live_loras_sample_over_bf16_experts_and_leave_the_generator_alone(folders):
    parts = components(folders["i2v"], torch.bfloat16)
    lora.attach(parts.high, Adapter("lora", 4, 4), seed=0)
    before = torch.random.get_rng_state()
    assert previews.sample(parts, request("i2v"), EMBEDS).shape == (5, 32, 48, 3)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert {parameter.dtype for parameter in lora.trainable(parts.high)} == {torch.float32}


@pytest.mark.parametrize("expert", ["high", "low"])
def test_one_expert_takes_every_step(folders, expert):
    parts = components(folders["t2v"])
    lone = components(folders["t2v"], **{"low" if expert == "high" else "high": None})
    twice = components(folders["t2v"], high=getattr(parts, expert), low=getattr(parts, expert))
    alone = previews.sample(lone, request("t2v"), EMBEDS)
    assert (alone == previews.sample(twice, request("t2v"), EMBEDS)).all()


def test_one_at_a_time_gives_the_same_clip(folders):
    both = previews.sample(components(folders["t2v"]), request("t2v"), EMBEDS)
    swapped = previews.sample(components(folders["t2v"], idle_device="cpu"), request("t2v"), EMBEDS)
    assert (both == swapped).all()


def test_steps_are_told(folders):
    heard = []
    previews.sample(components(folders["t2v"]), request("t2v"), EMBEDS, heard.append)
    assert heard == [1, 2, 3, 4]


def test_a_control_image_covers_the_size_cut_at_the_centre():
    wide = np.zeros((20, 100, 3), np.uint8)
    wide[:, 40:60] = 255
    fitted = np.asarray(previews.fit(wide, 32, 32))
    assert fitted.shape == (32, 32, 3) and fitted[16, 16].min() > 250
    tall = Image.new("RGB", (10, 40), (1, 2, 3))
    tall.getexif()[274] = 6
    assert previews.fit(tall, 64, 16).size == (64, 16)


@pytest.mark.parametrize(
    ("task", "changes", "words"),
    [
        ("i2v", {"image": None}, "needs a control image"),
        ("t2v", {"image": np.zeros((8, 8, 3), np.uint8)}, "takes no control image"),
        ("t2v", {"num_frames": 6}, r"4n\+1"),
        ("t2v", {"width": 40}, "multiples of 16"),
        ("i2v", {"image": "/nowhere.png"}, "cannot be read"),
    ],
)
def test_clips_that_cannot_be_made_are_refused(folders, task, changes, words):
    with pytest.raises(Refusal, match=words):
        previews.sample(components(folders[task]), request(task, **changes), EMBEDS)
