"""Our sampling is a hand-called diffusers pipeline; each expert's LoRA has its own strength."""

import numpy as np
import pytest
import torch
from diffusers import UniPCMultistepScheduler, WanImageToVideoPipeline, WanPipeline
from PIL import Image

from tests import tiny_pipeline
from wannb.refusal import Refusal
from wannb.wan import guidance, previews
from wannb.wan.adapters import lora
from wannb.wan.adapters.adapter import Adapter
from wannb.wan.loading import weights
from wannb.wan.streaming.residency import Residency

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
    for weight in (*pipeline.transformer.parameters(), *pipeline.transformer_2.parameters()):
        weight.data = weight.data.clone()  # not where the file is mapped: products round by how their factors lie
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
    reference = (reference * 255).round().astype("uint8")
    for together, most in ((0, 0), (10**6, {torch.float32: 1, torch.bfloat16: 12}[dtype])):
        parts = components(folders[task], dtype, together=together)
        frames = previews.sample(parts, request(task, guidance_scale_2=2.0), EMBEDS)
        assert frames.shape == (5, 32, 48, 3) and frames.dtype == np.uint8
        assert np.abs(frames.astype(int) - reference).max() <= most


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
    parts, residency = components(folders["t2v"]), Residency(torch.device("cpu"), 0.5, one_at_a_time=True)
    for expert in (parts.high, parts.low):
        residency.settle(expert, expert.blocks)
    called, size = [], parts.low.blocks[0].ffn.net[2].weight.untyped_storage().nbytes

    def make_room():
        residency.vacate()
        called.append(size())

    parts.make_room = make_room
    swapped = previews.sample(parts, request("t2v"), EMBEDS)
    assert (both == swapped).all() and called and not any(called)  # no expert is there while the VAE decodes


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


class Counted:
    """How many rows each call of an expert's first linear had, while in use."""

    def __init__(self, expert):
        self.rows = []
        expert.patch_embedding.register_forward_pre_hook(lambda _module, given: self.rows.append(len(given[0])))


@pytest.mark.parametrize(
    ("scales", "together", "high", "low"),
    [
        ((3.0, 2.0), 0, [1, 1], [1, 1]),
        ((3.0, 2.0), 10**6, [2], [2]),
        ((3.0, 1.0), 10**6, [2], [1]),
        ((1.0, 2.0), 0, [1], [1, 1]),
        ((1.0, 1.0), 10**6, [1], [1]),
    ],
)
def test_each_expert_makes_the_passes_that_its_guidance_needs(folders, scales, together, high, low):
    parts = components(folders["t2v"], together=together)
    counted = [Counted(parts.high), Counted(parts.low)]
    previews.sample(parts, request("t2v", guidance_scale=scales[0], guidance_scale_2=scales[1]), EMBEDS)
    for one, passes in zip(counted, (high, low), strict=True):
        steps = len(one.rows) // len(passes)
        assert steps >= 1 and one.rows == passes * steps
    assert "forward" not in vars(parts.high) and "forward" not in vars(parts.low)


def test_guidance_is_the_formula_for_either_expert(folders):
    expert = weights.load_expert(folders["t2v"], "high", torch.float32, "cpu")
    generator = torch.Generator().manual_seed(3)
    noisy, positive, negative = (torch.randn(1, *s, generator=generator) for s in ((16, 2, 4, 4), (512, 32), (512, 32)))
    at = torch.tensor([700.0])
    with torch.no_grad():
        one, other = (expert(noisy, at, prompt, return_dict=False)[0] for prompt in (positive, negative))
        for scale, expected in ((2.5, other + 2.5 * (one - other)), (1.0, one), (0.0, one)):
            for together in (0, 10**6):
                with guidance.guided(expert, negative, scale, together):
                    found = expert(noisy, at, positive, return_dict=False)[0]
                torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)


def test_a_low_noise_expert_is_guided_where_the_high_noise_one_is_not(folders):
    parts = components(folders["t2v"])
    clips = [previews.sample(parts, request("t2v", guidance_scale=1.0, guidance_scale_2=g), EMBEDS) for g in (1.0, 4.0)]
    assert (clips[0] != clips[1]).any()
