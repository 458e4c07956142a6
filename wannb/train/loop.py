"""One optimizer step, as a function of the job and the step's number (principle 5).

Which expert, which clips, which captions are dropped, which timesteps, which noise: all follow from seed and step.
Only the weights, their running mean and the optimizer's memory come from the steps before.
"""

import math
import time
from typing import Any

import torch

from wannb.refusal import Refusal
from wannb.train import memory, out_of_memory
from wannb.train.ahead import AT_WORK_MEANWHILE
from wannb.train.device import release
from wannb.train.learner import Learner
from wannb.train.micro_batches import Material, MicroBatch, plan
from wannb.train.out_of_memory import Bucket, OutOfMemory
from wannb.train.passes import Losses, accumulate, backward_passes
from wannb.train.rates import rate
from wannb.wan import compiling


class NotFinite(Refusal):
    """A loss or a LoRA that is no finite number."""


def take_step(step: int, material: Material) -> dict[str, Any]:
    """Do optimizer step `step` (from 1) and return its row of `metrics.jsonl`.

    The loss and the gradient are means over all items of all micro-batches. Raises Refusal where the loss, before any
    weight is touched, or the LoRA after the step is no finite number.
    """
    began = time.perf_counter()
    job, train = material.job, material.job.train
    expert = material.stages.at(step)
    learner = material.experts.at_work(expert)
    memory.begin(learner.device)
    micro_batches = plan(step, expert, material)
    count = sum(len(micro.indices) for micro in micro_batches)
    losses = _losses(micro_batches, learner, material, count)
    parts = _parts(losses, train)
    loss = math.fsum(parts.values())
    _check(f"The loss of the {expert}-noise expert", loss, step)
    lr = rate(step, train.steps, job.lr(expert), train.lr_scheduler, train.lr_scheduler_params)
    largest = max((_bucket(micro, material) for micro in micro_batches), key=lambda bucket: bucket.tokens)
    with out_of_memory.explained(job, step, largest):
        norm = learner.update(lr, train.max_grad_norm)
    _prepare(step + 1, learner, material)
    _check(f"The LoRA of the {expert}-noise expert", learner.delta_norm, step)
    return {
        "step": step,
        "stage": expert,
        "timesteps": [t for micro in micro_batches for t in micro.timesteps.tolist()],
        "loss": loss,
        "loss_parts": parts,
        "losses": torch.cat([one.flow() for one in losses]).tolist(),
        "lr": lr,
        "grad_norm": norm.item(),
        "delta_norm": {one.expert: one.delta_norm for one in material.experts.learners.values()},
        "seconds": round(time.perf_counter() - began, 6),
        **memory.most(learner.device),
        **_items(micro_batches, material),
    }


def _losses(micro_batches: list[MicroBatch], learner: Learner, material: Material, count: int) -> list[Losses]:
    """Forward and backward of all; what did not fit is tried again with less kept, what could not be compiled as it is,
    for a step follows from its number.

    Raises Refusal where nothing is left to give up.
    """
    expected, activations = material.stages.at(micro_batches[0].step + 1), material.experts.activations
    while True:
        material.experts.expect(expected, sum(map(backward_passes, micro_batches)))
        try:
            return [_loss(micro, learner, material, count) for micro in micro_batches]
        except OutOfMemory:
            if not activations.keep_less():
                raise
        except Exception as error:
            if not (compiling.failed(error) and activations.run_uncompiled(error)):
                raise
        material.experts.drop_gradients()
        release()


def _loss(micro: MicroBatch, learner: Learner, material: Material, count: int) -> Losses:
    with out_of_memory.explained(material.job, micro.step, _bucket(micro, material)):
        return accumulate(micro, learner, material, count)


def _prepare(step: int, learner: Learner, material: Material) -> None:
    """Make `step` ready while the device still works on the one before."""
    if learner.device.type in AT_WORK_MEANWHILE and step <= material.job.train.steps:
        expert = material.stages.at(step)
        dtype = material.experts.learners[expert].dtype
        material.ahead.prepare(plan(step, expert, material), material, learner.device, dtype)


def _check(what: str, value: float, step: int) -> None:
    if not math.isfinite(value):
        raise NotFinite(f"{what} became {value} at step {step}: lower train.lr and resume.")


def _parts(losses: list[Losses], train) -> dict[str, float]:
    """The means that add up to the step's loss: `flow`, and `dop` or `bpp` where the job has one."""
    means = {"flow": _mean([one.flow() for one in losses])}
    kept = [one.kept() for one in losses if one.kept is not None]
    return means | {"bpp" if train.blank_prompt_preservation else "dop": _mean(kept)} if kept else means


def _mean(tensors: list[torch.Tensor]) -> float:
    values = torch.cat(tensors).tolist()
    return math.fsum(values) / len(values)


def _items(micro_batches: list[MicroBatch], material: Material) -> dict[str, Any]:
    items = [material.items[index] for micro in micro_batches for index in micro.indices]
    return {
        "tokens": sum(_bucket(micro, material).tokens for micro in micro_batches),
        "datasets": [item.dataset for item in items],
        "items": [item.name for item in items],
        "dropped": [dropped for micro in micro_batches for dropped in micro.dropped],
    }


def _bucket(micro: MicroBatch, material: Material) -> Bucket:
    first = material.items[micro.indices[0]]
    frames, width, height = first.shape
    return Bucket(width, height, frames, len(micro.indices), first.dataset)
