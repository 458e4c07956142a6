"""Fixed questions: the same answer from the same weights to the last bit, and the answer diffusers' forward gives."""

import pytest
import torch
from diffusers import FlowMatchEulerDiscreteScheduler

from tests import tiny_pipeline
from tests.train import small_job
from wannb.train import validation
from wannb.train.experts import Experts
from wannb.train.model import Model
from wannb.train.validation import Question, measure, noise_of, timesteps_of
from wannb.wan.text import pad

BOUNDARY = {"t2v": 0.875, "i2v": 0.9}


def learner(tmp_path, models, task="t2v", expert="high", **train):
    job = small_job.job(tmp_path, models[task], task, **train)
    own = Experts.load(job, Model.of(job).where).at_work(expert)
    tiny_pipeline.shake(own.transformer, 3)
    return own


def questions(task="t2v", sizes=((2, 4, 4), (1, 4, 6))) -> list[Question]:
    asked = []
    for number, size in enumerate(sizes):
        random = torch.Generator().manual_seed(number)
        latents, still = torch.randn(2, 1, 16, *size, generator=random)
        words = torch.randn(3 + number, 32, generator=random)
        asked.append(Question(f"{number + 10:064x}", latents, still if task == "i2v" else None, words))
    return asked


@pytest.mark.parametrize(("expert", "first", "last"), [("high", 910, 990), ("low", 90, 810)])
def test_timesteps_are_nine_even_quantiles_inside_the_range(expert, first, last):
    timesteps = timesteps_of(expert, 0.9)
    assert timesteps[0] == pytest.approx(first) and timesteps[-1] == pytest.approx(last) and len(timesteps) == 9
    steps = [b - a for a, b in zip(timesteps, timesteps[1:], strict=False)]
    assert steps == pytest.approx([(last - first) / 8] * 8)


@pytest.mark.parametrize("task", ["t2v", "i2v"])
@pytest.mark.parametrize("expert", ["high", "low"])
def test_losses_are_those_of_the_whole_padded_text_one_at_a_time(tmp_path, models, task, expert):
    """x_t by diffusers' own flow scheduler, text padded with zeros to 512, one forward pass for one number."""
    own, scheduler = learner(tmp_path, models, task, expert), FlowMatchEulerDiscreteScheduler()
    measured = measure(own, questions(task), BOUNDARY[task], seed=7)
    assert measured.shape == (2, 9) and measured.dtype == torch.float32
    for clip, quantile in ((0, 0), (1, 4), (1, 8)):
        asked = questions(task)[clip]
        t = torch.tensor([timesteps_of(expert, BOUNDARY[task])[quantile]])
        noise = noise_of(asked.key, quantile, 7, asked.latents.shape)
        scheduler.timesteps, scheduler.sigmas = t, t / 1000
        hidden = scheduler.scale_noise(asked.latents, t, noise)
        if task == "i2v":
            known = torch.zeros_like(asked.still[:, :4])
            known[:, :, 0] = 1
            hidden = torch.cat([hidden, known, asked.still], dim=1)
        with torch.no_grad():
            velocity = own.transformer(hidden, t, pad([asked.embeds]), return_dict=False)[0]
        loss = torch.nn.functional.mse_loss(velocity, noise - asked.latents)
        assert measured[clip, quantile].item() == pytest.approx(loss.item(), rel=1e-5)


def test_unchanged_weights_answer_the_same_to_the_last_bit(tmp_path, models):
    """Whatever was drawn, trained on or measured between; dropout is off while measuring and on again after."""
    own = learner(tmp_path, models)
    before = measure(own, questions(), 0.875, seed=7)
    own.transformer.blocks[0].train()
    drop = torch.nn.Dropout(0.9)  # as a LoRA with dropout has them
    own.transformer.blocks[1].attn1.to_q.lora_dropout["default"] = drop
    torch.manual_seed(5)
    again = measure(own, list(reversed(questions())), 0.875, seed=7).flip(0)
    assert torch.equal(before, again)
    assert torch.equal(torch.rand(2), torch.rand(2, generator=torch.Generator().manual_seed(5)))
    assert drop.training and own.transformer.blocks[0].training and not own.transformer.blocks[1].training
    assert all(parameter.grad is None for parameter in own.parameters.values())


def test_a_clips_noise_is_its_own(tmp_path, models):
    """By content, timestep and seed; not by what else is measured."""
    own = learner(tmp_path, models)
    both = measure(own, questions(), 0.875, seed=7)
    assert torch.equal(measure(own, questions()[1:], 0.875, seed=7), both[1:])
    assert not torch.equal(measure(own, questions(), 0.875, seed=8), both)
    drawn = [noise_of(key, quantile, 7, (16, 8)) for key in ("1f", "20") for quantile in (0, 1)]
    assert all(not torch.equal(a, b) for n, a in enumerate(drawn) for b in drawn[:n])


def test_large_clips_take_one_pass_a_timestep(tmp_path, models, monkeypatch):
    own, batches = learner(tmp_path, models), []
    together = measure(own, questions(), 0.875, seed=7)
    seen = lambda _, __, given: batches.append(len(given["timestep"]))  # noqa: E731
    own.transformer.register_forward_pre_hook(seen, with_kwargs=True)
    monkeypatch.setattr(validation, "AT_ONCE", 13)  # the clips have 8 and 6 tokens
    assert torch.allclose(measure(own, questions(), 0.875, seed=7), together, rtol=1e-5)
    assert batches == [1] * 9 + [2] * 4 + [1]


def test_bf16_is_measured_against_the_fp32_velocity(tmp_path, models):
    near = measure(learner(tmp_path, models, dtype="bf16"), questions(), 0.875, seed=7)
    assert near.dtype == torch.float32
    assert near == pytest.approx(measure(learner(tmp_path, models), questions(), 0.875, seed=7), rel=0.03)
