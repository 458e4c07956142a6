"""Steps on a random tiny pipeline: what must not change them, and what they must be."""

import math
from functools import partial
from pathlib import Path

import pytest
import torch

from tests.train import small_job
from tests.train.small_job import material
from wannb.refusal import Refusal
from wannb.train import loop
from wannb.train.activations import needed
from wannb.train.ahead import noise_for
from wannb.train.caching import cache
from wannb.train.captions import EMPTY
from wannb.train.experts import Experts
from wannb.train.loop import take_step
from wannb.train.micro_batches import plan
from wannb.train.model import Model
from wannb.train.passes import accumulate
from wannb.train.predict import predict
from wannb.wan import compiling, keeping
from wannb.wan.adapters import lora
from wannb.wan.short_text import short_text
from wannb.wan.streaming.packed import frozen


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("set")
    small_job.clips(root / "clips")
    return root


def losses(job, steps: int = 4) -> list[float]:
    stuff = material(job)
    return [take_step(step, stuff)["loss"] for step in range(1, steps + 1)]


@pytest.mark.parametrize("task", ["t2v", "i2v"])
def test_what_saves_memory_changes_no_loss(folder, models, task):
    plain = losses(small_job.job(folder, models[task], task))
    assert losses(small_job.job(folder, models[task], task, gradient_checkpointing=True)) == plain
    assert losses(small_job.job(folder, models[task], task, cache_text_embeddings=False)) == plain
    frugal = small_job.job(folder, models[task], task)
    frugal.model.low_vram = True
    assert losses(frugal) == plain


def test_bf16_is_near_fp32_and_trains_fp32_weights(folder, models):
    stuff = material(small_job.job(folder, models["t2v"], dtype="bf16"))
    near = [take_step(step, stuff)["loss"] for step in range(1, 4)]
    assert near == pytest.approx(losses(small_job.job(folder, models["t2v"]), 3), rel=0.02)
    learner = stuff.experts.learners["high"]
    assert {p.dtype for p in learner.parameters.values()} == {torch.float32}
    assert learner.transformer.patch_embedding.weight.dtype == torch.bfloat16


@pytest.mark.parametrize("dtype", ["fp32", "bf16"])
def test_float8_is_near_what_it_was_made_of(folder, models, dtype):
    plain = small_job.job(folder, models["i2v"], "i2v", dtype=dtype)
    held = small_job.job(folder, models["i2v"], "i2v", dtype=dtype)
    held.model.quantize, held.model.qtype = True, "float8"
    assert losses(held) == pytest.approx(losses(plain), rel=0.02)


def test_what_did_not_fit_is_done_again_with_less_kept(folder, models, monkeypatch):
    job = small_job.job(folder, models["t2v"])
    undisturbed = losses(job)
    stuff, calls, lowered = material(job), [], []
    monkeypatch.setattr(stuff.experts.activations, "keep_less", lambda: lowered.append(True) or True)

    def short_once(*given):
        calls.append(given)
        if len(calls) in (2, 7):  # in the middle of a step: one micro-batch's gradients are there
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return accumulate(*given)

    monkeypatch.setattr(loop, "accumulate", short_once)
    assert [take_step(step, stuff)["loss"] for step in range(1, 5)] == undisturbed
    assert len(lowered) == 2


def test_where_the_compiler_fails_the_blocks_run_as_they_are_unless_it_was_asked_for(folder, models, monkeypatch):
    job = small_job.job(folder, models["t2v"])
    undisturbed = losses(job)

    def broken(graph, inputs):
        raise RuntimeError("no such instruction")

    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend=broken))
    monkeypatch.setattr(compiling, "wanted", lambda *_: True)
    keeping.runner.cache_clear()
    stuff = material(job)
    assert [take_step(step, stuff)["loss"] for step in range(1, 5)] == undisturbed
    assert "no such instruction" in stuff.experts.activations.uncompiled
    job.wannb.compile = True
    with pytest.raises(torch._dynamo.exc.BackendCompilerFailed):
        losses(job)
    keeping.runner.cache_clear()
    torch._dynamo.reset()


def test_accumulation_averages(folder, models):
    """Two micro-batches of 1 give the gradient of the mean of their items, not of the sum."""
    job = small_job.job(folder, models["t2v"], batch_size=1, gradient_accumulation=2)
    stuff = material(job)
    learner, gradients = stuff.experts.learners["high"], []
    for micro in plan(1, "high", stuff):
        latents, _ = stuff.examples.batch(micro.indices)
        noise = noise_for(job.seed, micro, latents.shape)
        with short_text(learner.transformer, stuff.texts.embed(micro.prompts)) as embeds:
            pair = predict(learner, latents, None, noise, micro.timesteps, embeds)
            loss = torch.nn.functional.mse_loss(*pair)
            gradients.append(torch.autograd.grad(loss, list(learner.parameters.values())))
    by_hand = math.sqrt(sum(float(((a + b) / 2).square().sum()) for a, b in zip(*gradients, strict=True)))
    assert take_step(1, stuff)["grad_norm"] == pytest.approx(by_hand, rel=1e-4)


def test_first_step_leaves_the_idle_expert_alone(folder, models):
    stuff = material(small_job.job(folder, models["t2v"]))
    before = {expert: lora.state(learner.transformer) for expert, learner in stuff.experts.learners.items()}
    row = take_step(1, stuff)
    after = {expert: lora.state(learner.transformer) for expert, learner in stuff.experts.learners.items()}
    assert row["stage"] == "high" and len(row["timesteps"]) == 4 and min(row["timesteps"]) >= 875
    assert any(not torch.equal(before["high"][name], after["high"][name]) for name in before["high"])
    assert all(torch.equal(before["low"][name], after["low"][name]) for name in before["low"])
    assert any(not torch.equal(before["high"][name], before["low"][name]) for name in before["low"])


def test_single_stage_loads_one_expert(folder, models):
    job = small_job.job(folder, models["t2v"])
    job.model.model_kwargs.train_high_noise = False
    stuff = material(job)
    assert list(stuff.experts.learners) == ["low"]
    assert [take_step(step, stuff)["stage"] for step in (1, 2, 3)] == ["low"] * 3


def test_low_vram_has_room_for_one_expert(folder, models):
    job = small_job.job(folder, models["t2v"])
    both = Experts.load(job, Model.of(job).where)
    job.model.low_vram = True
    frugal = Experts.load(job, Model.of(job).where)
    whole, half = (needed(list(one.learners.values()), torch.device("cpu"), one is frugal) for one in (both, frugal))
    low = both.learners["low"]
    weights = sum(one.nbytes for one in frozen(low.transformer))
    assert whole - half == pytest.approx(weights + low.memory_bytes, rel=0.1)  # packs are padded
    biases = [one.transformer.blocks[0].attn1.to_q.base_layer.bias for one in frugal.learners.values()]
    assert biases[0].data_ptr() == biases[1].data_ptr()


def test_streaming_changes_no_loss(folder, models):
    """Over steps of both experts, held to the base, from weights whose copies in the ring change all the time."""
    kept = {"gradient_checkpointing": True, "diff_output_preservation": True, "diff_output_preservation_class": "shape"}
    kept["cache_text_embeddings"] = False  # the text encoder streams at every step
    plain = small_job.job(folder, models["t2v"], **kept)
    streamed = small_job.job(folder, models["t2v"], **kept)
    streamed.model.layer_offloading, streamed.wannb.keep = True, "offloaded"
    assert losses(streamed, 3) == losses(plain, 3)


def test_the_next_expert_is_expected_after_the_last_backward_pass(folder, models, monkeypatch):
    kept = {"diff_output_preservation": True, "diff_output_preservation_class": "shape", "switch_boundary_every": 1}
    job, asked, passes = small_job.job(folder, models["t2v"], **kept), [], []
    stuff = material(job)
    monkeypatch.setattr(stuff.experts, "expect", lambda *given: asked.append(given))
    monkeypatch.setattr(torch.Tensor, "backward", lambda self, run=torch.Tensor.backward: passes.append(run(self)))
    for step in range(1, 4):
        passes.clear()
        take_step(step, stuff)
        assert asked.pop() == (stuff.stages.at(step + 1), len(passes))


def test_captions_carry_the_trigger_and_drop_to_nothing(folder, models):
    """Decision 6, at the rate asked for."""
    stuff = material(small_job.job(folder, models["t2v"]))
    micro_batches = [micro for step in range(1, 201) for micro in plan(step, "high", stuff)]
    pairs = [pair for micro in micro_batches for pair in zip(micro.prompts, micro.dropped, strict=True)]
    assert all((caption == EMPTY) == dropped for caption, dropped in pairs)
    assert all("fast" in caption for caption, dropped in pairs if not dropped)
    assert sum(dropped for _, dropped in pairs) / len(pairs) == pytest.approx(0.4, abs=0.06)


def test_learning_lowers_the_loss_on_a_fixed_question(folder, models):
    job = small_job.job(folder, models["t2v"], lr=2e-2, steps=60)
    job.model.model_kwargs.train_low_noise = False
    stuff = material(job)
    asked = plan(1, "high", stuff)

    def answer() -> float:
        losses = accumulate(question, stuff.experts.learners["high"], stuff, count=2)
        stuff.experts.learners["high"].optimizer.zero_grad()
        return float(losses.flow().mean())

    question = asked[0]
    before = answer()
    for step in range(1, 61):
        take_step(step, stuff)
    assert answer() < before - 0.05


def test_caching_is_done_once(tmp_path, models):
    small_job.clips(tmp_path / "clips")
    (tmp_path / "clips/text.mp4").write_text("no film")
    job = small_job.job(tmp_path, models["i2v"], "i2v")
    first, second = cache(job), cache(job)
    assert (first.items, first.encoded, first.reused) == (3, 3, 0)
    assert (second.items, second.encoded, second.reused, second.prompts_encoded) == (3, 0, 3, 0)
    assert [Path(f["where"]).name for f in second.to_dict()["refused"]] == ["text.mp4"]


def test_nothing_to_train_on_is_refused(tmp_path, models):
    (tmp_path / "clips").mkdir()
    with pytest.raises(Refusal, match="nothing to train on"):
        cache(small_job.job(tmp_path, models["t2v"]))
