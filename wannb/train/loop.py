"""One optimizer step, as a function of the job and the step's number (principle 5).

Which expert, which clips, which captions are dropped, which timesteps, which noise: all follow from seed and step.
Only the weights, their running mean and the optimizer's memory come from the steps before.
"""

import math
import time
from typing import Any

import torch

from wannb.refusal import Refusal
from wannb.train.micro_batches import Material, MicroBatch, plan
from wannb.train.passes import Losses, accumulate
from wannb.train.rates import rate


def take_step(step: int, material: Material) -> dict[str, Any]:
    """Do optimizer step `step` (from 1) and return its row of `metrics.jsonl`.

    The loss and the gradient are means over all items of all micro-batches. Raises Refusal where the loss, before any
    weight is touched, or the LoRA after the step is no finite number.
    """
    began = time.perf_counter()
    job, train = material.job, material.job.train
    expert = material.stages.at(step)
    learner = material.experts.at_work(expert)
    micro_batches = plan(step, expert, material)
    count = sum(len(micro.indices) for micro in micro_batches)
    losses = [accumulate(micro, learner, material, count) for micro in micro_batches]
    parts = _parts(losses, train)
    loss = math.fsum(parts.values())
    _check(f"The loss of the {expert}-noise expert", loss, step)
    lr = rate(step, train.steps, job.lr(expert), train.lr_scheduler, train.lr_scheduler_params)
    norm = learner.update(lr, train.max_grad_norm)
    _check(f"The LoRA of the {expert}-noise expert", learner.delta_norm, step)
    return {
        "step": step,
        "stage": expert,
        "timesteps": [t for micro in micro_batches for t in micro.timesteps.tolist()],
        "loss": loss,
        "loss_parts": parts,
        "losses": torch.cat([one.flow for one in losses]).tolist(),
        "lr": lr,
        "grad_norm": norm,
        "delta_norm": {one.expert: one.delta_norm for one in material.experts.learners.values()},
        "seconds": round(time.perf_counter() - began, 6),
        **_items(micro_batches, material),
    }


def _check(what: str, value: float, step: int) -> None:
    if not math.isfinite(value):
        raise Refusal(f"{what} became {value} at step {step}: lower train.lr and resume from the last saved step.")


def _parts(losses: list[Losses], train) -> dict[str, float]:
    """The means that add up to the step's loss: `flow`, and `dop` or `bpp` where the job has one."""
    means = {"flow": _mean([one.flow for one in losses])}
    kept = [one.kept for one in losses if one.kept is not None]
    return means | {"bpp" if train.blank_prompt_preservation else "dop": _mean(kept)} if kept else means


def _mean(tensors: list[torch.Tensor]) -> float:
    values = torch.cat(tensors).tolist()
    return math.fsum(values) / len(values)


def _items(micro_batches: list[MicroBatch], material: Material) -> dict[str, Any]:
    items = [material.items[index] for micro in micro_batches for index in micro.indices]
    return {
        "tokens": sum(_tokens(*item.shape) for item in items),
        "datasets": [item.dataset for item in items],
        "items": [item.name for item in items],
        "dropped": [dropped for micro in micro_batches for dropped in micro.dropped],
    }


def _tokens(frames: int, width: int, height: int) -> int:
    """What an item is to the transformer: patches of 1 × 2 × 2 latents, each latent of 4 × 8 × 8 pixels."""
    return ((frames - 1) // 4 + 1) * (width // 16) * (height // 16)
