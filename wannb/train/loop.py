"""One optimizer step, as a function of the job and the step's number (principle 5).

Which expert, which clips, which captions are dropped, which timesteps, which noise: all follow from seed and step.
Only the weights and the optimizer's memory come from the steps before.
"""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from wannb.data import batches
from wannb.data.items import Item
from wannb.job import Job
from wannb.refusal import Refusal
from wannb.train import objective, timesteps
from wannb.train.examples import Examples
from wannb.train.experts import Experts
from wannb.train.learner import Learner
from wannb.train.predict import predict
from wannb.train.randomness import Purpose, stream
from wannb.train.stages import expert_steps, stage_of
from wannb.train.texts import EMPTY, CachedTexts, LiveTexts
from wannb.wan.short_text import short_text


@dataclass(frozen=True)
class Material:
    """What every step of a run works on."""

    job: Job
    boundary: float
    items: list[Item]
    examples: Examples
    texts: CachedTexts | LiveTexts
    experts: Experts
    schedule: batches.Schedule


@dataclass(frozen=True)
class MicroBatch:
    """One forward pass: item indices, their captions as trained on, timesteps [B], noise stream."""

    step: int
    number: int
    indices: list[int]
    captions: list[str]
    dropped: list[bool]
    timesteps: Tensor


@dataclass
class _Tally:
    """What the micro-batches of one step add up to."""

    losses: list[Tensor] = field(default_factory=list)
    tokens: int = 0


def take_step(step: int, material: Material) -> dict[str, Any]:
    """Do optimizer step `step` (from 1) and return its row of `metrics.jsonl`.

    The loss and the gradient are means over all items of all micro-batches. Raises Refusal, before any weight is
    touched, where the loss is no finite number.
    """
    began = time.perf_counter()
    train = material.job.train
    expert = stage_of(step, train.switch_boundary_every, material.job.stages)
    learner = material.experts.at_work(expert)
    micro_batches = list(plan(step, expert, material))
    tally = _Tally()
    for micro in micro_batches:
        _accumulate(micro, learner, material, tally)
    losses = torch.cat(tally.losses).tolist()
    loss = math.fsum(losses) / len(losses)
    if not math.isfinite(loss):
        raise Refusal(
            f"The loss of the {expert}-noise expert became {loss} at step {step}: lower train.lr and resume from the "
            "last saved step."
        )
    norm = learner.update(train.max_grad_norm)
    indices = [index for micro in micro_batches for index in micro.indices]
    return {
        "step": step,
        "stage": expert,
        "timesteps": [t for micro in micro_batches for t in micro.timesteps.tolist()],
        "loss": loss,
        "loss_parts": {"flow": loss},
        "losses": losses,
        "lr": learner.optimizer.param_groups[0]["lr"],
        "grad_norm": norm,
        "seconds": round(time.perf_counter() - began, 6),
        "tokens": tally.tokens,
        "datasets": [material.items[index].dataset for index in indices],
        "items": [material.items[index].name for index in indices],
        "dropped": [dropped for micro in micro_batches for dropped in micro.dropped],
    }


def plan(step: int, expert: str, material: Material) -> Iterator[MicroBatch]:
    """Yield the micro-batches of `step`: pure, nothing is read and nothing computed on a device."""
    job, train = material.job, material.job.train
    count = train.gradient_accumulation * train.batch_size
    numbers = stream(job.seed, Purpose.TIMESTEPS, step)
    drawn = timesteps.draw(expert, material.boundary, count, numbers, train.timestep_type)
    drawn = torch.from_numpy(drawn).split(train.batch_size)
    first = expert_steps(step, expert, train.switch_boundary_every, job.stages) * train.gradient_accumulation
    for number in range(train.gradient_accumulation):
        k = first + number
        indices = material.schedule.batch(expert, k)
        items = [material.items[index] for index in indices]
        dropped = [batches.dropped(job.seed, expert, k, i, item.dropout) for i, item in enumerate(items)]
        captions = [EMPTY if drop else item.caption for drop, item in zip(dropped, items, strict=True)]
        yield MicroBatch(step, number, indices, captions, dropped, drawn[number])


def _accumulate(micro: MicroBatch, learner: Learner, material: Material, tally: _Tally) -> None:
    latents, still = material.examples.batch(micro.indices)
    noise = noise_for(material.job.seed, micro, latents.shape)
    with short_text(learner.transformer, material.texts.embed(micro.captions)) as embeds:
        prediction, target = predict(learner, latents, still, noise, micro.timesteps, embeds)
        losses = objective.item_losses(prediction, target)
        (losses.mean() / material.job.train.gradient_accumulation).backward()
    tally.losses.append(losses.detach().cpu())
    tally.tokens += latents.shape[0] * math.prod(latents.shape[2:]) // 4  # patches of 1 × 2 × 2 latents


def noise_for(seed: int, micro: MicroBatch, shape: torch.Size) -> Tensor:
    """Return the noise of a micro-batch, float32 [B, 16, f, h, w], the same on every device."""
    numbers = stream(seed, Purpose.NOISE, micro.step, micro.number)
    return torch.from_numpy(numbers.standard_normal(tuple(shape), dtype="float32"))
