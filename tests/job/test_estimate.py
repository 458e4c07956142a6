"""The estimate against what was measured on an H200 (gpu-measurements.md), against sums by hand, and in which
direction it moves."""

from dataclasses import replace

import pytest

from tests.job.planned import LARGE, MODEL, SMALL, as_measured, estimate, job, plan
from wannb.job.cost import measured, memory, pace
from wannb.job.cost.cards import speed_of
from wannb.job.cost.estimate import Surroundings
from wannb.job.cost.measured import MEMORY_BAND, TIME_BAND
from wannb.job.cost.shapes import Shape

H200 = speed_of(False, "NVIDIA H200", 140.4, None)
NO_CHECKPOINTS = {"checkpointing": False}
FULL = {"adapter_precision": "fp32"}
FLOAT8 = {"weight_bytes": 1.0, "adapter_precision": "fp32"}
UINT4 = {"weight_bytes": 0.5625, "adapter_precision": "fp32"}
OURS = [  # our own step: seconds, GiB reserved
    (SMALL, 3.70, 38.5), (Shape(41, 768, 768), 10.45, 51.6), (LARGE, 15.28, 58.6),
    (Shape(41, 1024, 1024), 24.31, 70.3), (Shape(81, 768, 768), 27.07, 72.8),
]  # fmt: skip


def seconds_of(plan, shape):
    return pace.step_seconds(plan, H200, shape)


def gib_of(plan, shape):
    """What torch counts: CUDA's own is not in it."""
    parts = memory.training_parts(plan, shape.tokens)
    return sum(parts.values()) - parts["other"]


@pytest.mark.parametrize(
    ("changes", "shape", "seconds"),
    [
        ({}, SMALL, 2.894), ({}, LARGE, 12.979),  # diffusers, SDPA
        ({}, SMALL, 2.988), ({}, LARGE, 13.218),  # the same with cuDNN's attention by name
        (NO_CHECKPOINTS, SMALL, 2.128),
        (FULL, SMALL, 3.460), (FULL, LARGE, 14.492),  # musubi-tuner, whose LoRA is fp32
        *((FULL, shape, seconds) for shape, seconds, _ in OURS),
    ],
)  # fmt: skip
def test_a_step_takes_as_long_as_was_measured(changes, shape, seconds):
    assert seconds_of(as_measured(**changes), shape) == pytest.approx(seconds, rel=0.07)
    assert H200.band == TIME_BAND["measured"] > 0.07


@pytest.mark.parametrize(
    ("changes", "shape", "gib"),
    [
        ({}, SMALL, 34.9), ({}, LARGE, 49.8), ({}, SMALL, 35.2), ({}, LARGE, 50.5),
        (NO_CHECKPOINTS, SMALL, 138.0),
        (FLOAT8, SMALL, 24.5), (FLOAT8, LARGE, 43.6),  # AI Toolkit, qfloat8, fp32 LoRA
        (UINT4, SMALL, 19.4), (UINT4, LARGE, 37.6),  # and 4-bit
        *((FULL, shape, gib) for shape, _, gib in OURS),
    ],
)  # fmt: skip
def test_the_peak_is_as_high_as_was_measured(changes, shape, gib):
    found = gib_of(as_measured(**changes), shape)
    assert found == pytest.approx(gib, rel=0.1)
    assert MEMORY_BAND >= 0.1


COMPILED = [  # docs/measured.md: weights, kept, experts, shape, seconds, GiB reserved where what is kept is given
    ("bf16", "all", 1, SMALL, 1.647, 120.8), ("bf16", "inputs", 2, SMALL, 2.200, 66.0),
    ("bf16", "auto", 2, SMALL, 1.683, None), ("float8", "all", 1, SMALL, 1.325, 102.3),
    ("float8", "auto", 2, SMALL, 1.343, None), ("float8", "auto", 1, LARGE, 8.233, None),
]  # fmt: skip


@pytest.mark.parametrize(("weights", "keep", "experts", "shape", "seconds", "gib"), COMPILED)
def test_compiled_steps_are_as_measured(weights, keep, experts, shape, seconds, gib):
    settings = {"wannb__compile": True, "wannb__keep": keep, "network__linear": 16}
    settings |= {"model__model_kwargs__train_low_noise": experts == 2}
    settings |= {"model__quantize": True, "model__qtype": weights} if weights != "bf16" else {}
    made = replace(plan(**settings), card_gib=139.8)
    assert seconds_of(made, shape) == pytest.approx(seconds, rel=0.05)
    if gib is not None:
        assert gib_of(made, shape) == pytest.approx(gib, rel=0.1)


def test_8_bits_multiply_faster_where_a_card_can():
    made = plan(wannb__compile=True, model__quantize=True, model__qtype="float8")
    for name, gains in (("RTX 4090", True), ("RTX 3090", False), ("A100", False), ("H100", True)):
        speed = speed_of(False, name, 80.0, None)
        whole = pace.step_seconds(replace(made, in_8_bits=False), speed, SMALL)
        assert (pace.step_seconds(made, speed, SMALL) < whole) == gains


@pytest.mark.parametrize("shape", [SMALL, LARGE])
def test_tokens_of_the_shapes_that_were_measured(shape):
    assert shape.tokens == {SMALL: 11_264, LARGE: 32_760}[shape]


LIGHT = {"model__low_vram": True}
HEAVIER = [
    (LIGHT, {}),
    ({}, {"train__gradient_checkpointing": False}),
    ({}, {"train__dtype": "fp32"}),
    ({}, {"network__linear": 64}),
    ({"network__linear": 64}, {"network__linear": 64, "train__ema_config__use_ema": True}),
    ({"train__optimizer": "adafactor"}, {"train__optimizer": "adamw8bit"}),
    ({"train__optimizer": "adamw8bit"}, {"train__optimizer": "adamw"}),
    ({"train__optimizer": "adamw"}, {"train__optimizer": "prodigy"}),
    ({"model__model_kwargs__train_high_noise": False}, {}),
    ({"wannb__low__rank": 8}, {}),
    ({}, {"train__cache_text_embeddings": False}),
    ({"model__quantize": True, "model__qtype": "uint4"}, {"model__quantize": True, "model__qtype": "float8"}),
    ({"model__quantize": True, "model__qtype": "float8"}, {}),
    ({"model__layer_offloading": True}, {}),
    ({"model__layer_offloading": True, "model__low_vram": True}, {"model__layer_offloading": True}),
    ({"wannb__keep": "offloaded"}, {}),
]


@pytest.mark.parametrize(("light", "heavy"), HEAVIER)
def test_memory_of_training_grows(light, heavy):
    assert estimate(job(**light)).phases_gib["training"] < estimate(job(**heavy)).phases_gib["training"]


SLOWER = [
    {"train__gradient_accumulation": 2},
    {"network__linear": 64},
    {"train__diff_output_preservation": True},
    {"train__blank_prompt_preservation": True},
    {"train__do_differential_guidance": True, "wannb__differential_guidance": "base"},
]


@pytest.mark.parametrize("settings", SLOWER)
def test_a_step_takes_longer(settings):
    assert estimate(job(**settings)).s_per_step > estimate(job()).s_per_step


def test_streamed_blocks_have_two_places_for_all():
    block = MODEL.block_linears * 2
    around = 2 * MODEL.parameters - 40 * block + 2 * MODEL.kept_in_fp32
    for low_vram, experts in ((True, 1), (False, 2)):
        made = plan(model__layer_offloading=True, model__low_vram=low_vram)
        held = (2 * block + experts * around) / 2**30
        assert memory.training_parts(made, 1)["weights"] == pytest.approx(held, rel=1e-6)
    half = plan(model__layer_offloading=True, model__layer_offloading_transformer_percent=0.5, model__low_vram=True)
    assert memory.training_parts(half, 1)["weights"] == pytest.approx((22 * block + around) / 2**30, rel=1e-6)


def test_a_step_is_no_shorter_than_the_copies_of_its_blocks(monkeypatch):
    """Twice through 40 blocks; at 25 GB/s beside the arithmetic of 11,264 tokens that costs nothing on an H200."""
    streams, stays = (plan(model__layer_offloading=on, wannb__compile=False) for on in (True, False))
    assert pace.step_seconds(streams, H200, SMALL) == pace.step_seconds(stays, H200, SMALL)
    monkeypatch.setattr(measured, "STREAM", 5e9)
    assert pace.step_seconds(streams, H200, SMALL) == pytest.approx(2 * 40 * MODEL.block_linears * 2 / 5e9)


def test_checkpointing_and_low_vram_trade_time_for_memory():
    faster, slower = estimate(job(train__gradient_checkpointing=False)), estimate(job())
    assert faster.s_per_step < slower.s_per_step
    assert estimate(job()).seconds["swaps"] == 0 < estimate(job(**LIGHT)).seconds["swaps"]


@pytest.mark.parametrize(
    "shapes",
    [
        [Shape(9, 512, 512), Shape(21, 512, 512), Shape(41, 512, 512), Shape(81, 512, 512)],
        [Shape(41, 256, 256), Shape(41, 512, 512), Shape(41, 768, 768), Shape(41, 1024, 1024)],
        [Shape(41, 512, 512, batch=size) for size in (1, 2, 4)],
    ],
)
def test_everything_grows_with_frames_pixels_and_batch(shapes):
    found = [estimate(job(wannb__keep="inputs"), one) for one in shapes]
    for what in ("s_per_step", "total_seconds"):
        amounts = [getattr(one, what) for one in found]
        assert amounts == sorted(set(amounts))
    peaks = [one.phases_gib["training"] for one in found]
    assert peaks == sorted(set(peaks))


def test_the_largest_shape_decides_the_memory_and_the_shares_the_time():
    small, large = Shape(41, 512, 512, share=0.75), Shape(41, 768, 768, share=0.25)
    both = estimate(job(), small, large)
    assert both.phases_gib["training"] == estimate(job(), replace(large, share=1.0)).phases_gib["training"]
    costs = {(one.width, one.share): one.s_per_step for one in both.shapes}
    assert both.s_per_step == pytest.approx(0.75 * costs[512, 0.75] + 0.25 * costs[768, 0.25])


def test_parts_and_phases_add_up():
    one = estimate(job(train__disable_sampling=False))
    assert sum(one.parts_gib.values()) == pytest.approx(one.phases_gib["training"])
    assert one.peak_gib == max(one.phases_gib.values())
    assert one.total_seconds == pytest.approx(sum(one.seconds.values()))
    assert one.parts_gib["weights"] == pytest.approx(2 * 26.62, rel=0.005)  # formats.md 1.1, and fp32 modules
    assert one.parts_gib["lora"] == pytest.approx(2 * 76_677_120 * 4 / 2**30)
    moments, gradients = 2 * 2 * 76_677_120 * 4, 76_677_120 * 4
    assert one.parts_gib["optimizer"] == pytest.approx((moments + gradients) / 2**30, rel=1e-4)


def test_previews_need_both_experts_whatever_is_trained():
    one_stage = estimate(job(train__disable_sampling=False, model__model_kwargs__train_low_noise=False))
    assert one_stage.parts_gib["weights"] < 27 and one_stage.phases_gib["previews"] > 53
    assert estimate(job()).phases_gib["previews"] == 0 == estimate(job()).seconds["previews"]


def test_previews_cost_by_hand():
    made = job(train__disable_sampling=False, train__steps=1000, sample__sample_every=300, sample__sample_steps=20)
    made.put("sample.width", 512)
    made.put("sample.height", 512)
    made.put("sample.num_frames", 41)
    times = 5  # 0, 300, 600, 900, 1000
    one, without = estimate(made, where=Surroundings()), pace.step_seconds(plan(), H200, SMALL)
    each = one.seconds["previews"] / times / len(made.samples)
    forward = 40 * pace.step_seconds(replace(plan(), checkpointing=False), H200, SMALL)
    assert 0.25 * forward < each < forward < 40 * without
    made.put("sample.guidance_scale", 1.0)
    assert estimate(made, where=Surroundings()).seconds["previews"] < 0.6 * one.seconds["previews"]


@pytest.mark.parametrize(
    ("card", "fits"),
    [(200.0, True), (62.0, None), (40.0, False), (None, None)],
)
def test_fits_is_said_only_outside_the_band(card, fits):
    one = estimate(job(), where=Surroundings(card_gib=card))
    assert 55 < one.peak_gib < 70
    assert one.fits is fits
    low, high = one.memory_band
    assert low < one.peak_gib < high


@pytest.mark.parametrize(
    ("where", "named", "band"),
    [
        (Surroundings(24.0, "NVIDIA GeForce RTX 4090", 23.99), "an RTX 4090", "scaled"),
        (Surroundings(140.4, "NVIDIA H200", 140.4), "an H200", "measured"),
        (Surroundings(80.0, "NVIDIA H100 80GB HBM3", 79.6), "an H100 80GB HBM3", "scaled"),
        (Surroundings(24.0, "NVIDIA H200", 140.4), "an RTX 4090", "assumed"),  # for another card than this one
        (Surroundings(24.0, "NVIDIA GeForce RTX 9999", 23.9), "an RTX 4090", "assumed"),
        (Surroundings(), "an H200", "assumed"),
    ],
)
def test_whose_speed_it_is(where, named, band):
    one = estimate(job(), where=where)
    low, high = one.time_band
    assert one.gpu == named
    assert (high - low) / 2 == pytest.approx(TIME_BAND[band] * one.total_seconds)


def test_slower_cards_take_longer():
    cards = ("NVIDIA H200", "NVIDIA L40S", "NVIDIA GeForce RTX 4090", "NVIDIA GeForce RTX 3090", "Tesla T4")
    times = [pace.step_seconds(plan(), speed_of(False, card, 24, None), SMALL) for card in cards]
    assert times == sorted(times)


@pytest.mark.parametrize(
    ("settings", "shapes", "learned", "each"),
    [
        ({"train__steps": 2000}, [SMALL], 20, 100),
        ({"train__steps": 2000, "train__gradient_accumulation": 2}, [SMALL], 20, 200),
        ({"train__steps": 2000}, [replace(SMALL, batch=4)], 20, 400),
        ({"train__steps": 2000}, [replace(SMALL, share=0.5), replace(SMALL, share=0.5, is_reg=True)], 20, 50),
        ({"train__steps": 1500}, [replace(SMALL, share=0.5), replace(LARGE, share=0.5)], 40, 37.5),
    ],
)
def test_steps_per_clip_by_hand(settings, shapes, learned, each):
    one = estimate(job(**settings), *shapes, files=learned, learned=learned)
    assert one.steps_per_clip == pytest.approx(each)


def test_without_clips_there_are_no_steps_per_clip():
    assert estimate(job()).clips is None and estimate(job()).steps_per_clip is None


def test_disk_by_hand():
    made = job(train__steps=1000, save__save_every=250, save__max_step_saves_to_keep=3)
    disk = estimate(made, Shape(41, 512, 512, encodings=10)).disk_bytes
    pair = 2 * 76_677_120 * 2  # bf16
    assert disk["checkpoints"] == pytest.approx(4 * pair, rel=0.001)  # three steps and the final pair
    assert disk["state"] == pytest.approx(2 * 2 * 3 * 76_677_120 * 4, rel=0.001)  # two of weights and two moments
    latents = 16 * 11 * 64 * 64 * 4
    assert disk["caches"] == 10 * 2 * latents  # and the conditions


def test_what_is_there_already_is_not_needed_again():
    there = Surroundings(free_bytes=10**9, run_bytes=10**10, cache_bytes=10**12, download_bytes=7 * 10**10)
    bare = Surroundings(free_bytes=10**9, download_bytes=7 * 10**10)
    shape = Shape(41, 512, 512, encodings=50)
    assert estimate(job(), shape, where=there).needed_bytes == 0
    whole = estimate(job(), shape, where=bare)
    assert whole.needed_bytes == sum(whole.disk_bytes.values()) - 7 * 10**10
    elsewhere = estimate(job(), shape, where=replace(bare, cache_bytes=None))
    assert elsewhere.needed_bytes == whole.needed_bytes - whole.disk_bytes["caches"]


def test_an_estimate_reads_well():
    text = str(estimate(job(), where=Surroundings(card_gib=24.0, free_bytes=10**12)))
    for word in ("memory", "does not fit 24 GB", "Low VRAM on", "time", "clips", "none readable", "disk", "1 TB free"):
        assert word in text
    assert max(map(len, text.splitlines())) < 140


def test_a_job_without_an_expert_has_an_estimate_too():
    nobody = job(model__model_kwargs__train_low_noise=False, model__model_kwargs__train_high_noise=False)
    assert estimate(nobody).parts_gib["weights"] == 0


def test_the_model_is_the_one_that_was_counted():
    assert MODEL.parameters == 14_288_901_184  # formats.md 1.1
