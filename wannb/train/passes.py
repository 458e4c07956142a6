"""Forward and backward of one micro-batch: the flow-matching loss, and what holds the LoRA to the base beside it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from wannb.train import objective
from wannb.train.ahead import Ready
from wannb.train.learner import Learner
from wannb.train.micro_batches import Material, MicroBatch
from wannb.train.predict import Noised, base_velocity, velocity
from wannb.train.randomness import Purpose, seed_for
from wannb.wan.adapters import lora
from wannb.wan.short_text import short_text
from wannb.wan.streaming.crossing import coming

Coming = Callable[[], Tensor]
"""Gives a tensor that is on its way to main memory."""
MAIN, KEPT = 0, 1
"""The passes that draw their own LoRA dropout."""


@dataclass(frozen=True)
class Losses:
    """Of each item: `flow` [B] as it counts in the loss; `kept` [B] the penalty of DOP or BPP, 0 where there is nothing
    to keep, or None where the job keeps nothing.

    They are on their way from the device: who calls for one waits for the forward passes, and for no backward pass.
    """

    flow: Coming
    kept: Coming | None


def accumulate(micro: MicroBatch, learner: Learner, material: Material, count: int) -> Losses:
    """Add the gradient of `micro`'s part of a step of `count` items: of the sum of its losses divided by `count`.

    Each loss has its own backward pass, so that only one graph is ever alive; the gradient is that of their sum.
    """
    ready = material.ahead.take(micro, material, learner.device, learner.dtype)
    at = ready.at
    rows = [row for row, prompt in enumerate(micro.kept) if prompt is not None]
    prompts = [micro.kept[row] for row in rows]
    with torch.no_grad():
        prior = base_velocity(learner, at.only(rows), material.texts.embed(prompts)) if rows else None
        reference = _base_reference(learner, at, micro, material)
    flow = _flow(micro, learner, material, ready, reference, count)
    if not _keeps(material.job.train):
        return Losses(flow, None)
    if not rows:
        return Losses(flow, partial(torch.zeros, len(micro.indices)))
    penalties = _kept(micro, learner, material, at.only(rows), prompts, prior, count)
    return Losses(flow, partial(_among, len(micro.indices), rows, penalties))


def backward_passes(micro: MicroBatch) -> int:
    """How many there are in `accumulate`."""
    return 1 + any(prompt is not None for prompt in micro.kept)


def _flow(
    micro: MicroBatch, learner: Learner, material: Material, ready: Ready, reference: Tensor | None, count: int
) -> Coming:
    train = material.job.train
    embeds = material.texts.embed(micro.prompts)
    with _dropping(micro, learner, material, MAIN), short_text(learner.transformer, embeds) as text:
        prediction, target = velocity(learner, ready.at, text), ready.at.target
        if train.do_differential_guidance:
            seen_from = prediction if reference is None else reference
            target = objective.beyond(seen_from, target, train.differential_guidance_scale)
        losses = objective.item_losses(prediction, target, train.loss_type, ready.mask) * ready.weights
        told = coming(losses)
        (losses.sum() / count).backward()
    return told


def _kept(
    micro: MicroBatch, learner: Learner, material: Material, at: Noised, prompts: list[str], prior: Tensor, count: int
) -> Coming:
    """DOP and BPP (decision 8): the LoRA's prediction for `prompts` is held to the base's, in float32."""
    train = material.job.train
    dop, bpp = train.diff_output_preservation_multiplier, train.blank_prompt_preservation_multiplier
    multiplier = bpp if train.blank_prompt_preservation else dop
    embeds = material.texts.embed(prompts)
    with _dropping(micro, learner, material, KEPT), short_text(learner.transformer, embeds) as text:
        penalties = multiplier * objective.item_losses(velocity(learner, at, text), prior)
        told = coming(penalties)
        (penalties.sum() / count).backward()
    return told


def _among(count: int, rows: list[int], penalties: Coming) -> Tensor:
    """`penalties` at `rows` of `count` items, 0 elsewhere."""
    every = torch.zeros(count)
    every[rows] = penalties()
    return every


def _keeps(train) -> bool:
    return train.diff_output_preservation or train.blank_prompt_preservation


def _base_reference(learner: Learner, at: Noised, micro: MicroBatch, material: Material) -> Tensor | None:
    """The base's prediction, where differential guidance is seen from it; None where it is not."""
    if not material.job.train.do_differential_guidance or material.job.wannb.differential_guidance != "base":
        return None
    return base_velocity(learner, at, material.texts.embed(micro.prompts))


def _dropping(micro: MicroBatch, learner: Learner, material: Material, which: int):
    seed = seed_for(material.job.seed, Purpose.DROPOUT, micro.step, micro.number, which)
    return lora.dropping(learner.transformer, seed)
