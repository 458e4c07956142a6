"""The loss on fixed questions: the same clips, noise and timesteps at every measurement, of one expert at a time."""

import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor

from wannb.data.content import digest
from wannb.data.items import Item
from wannb.train.captions import Captions
from wannb.train.examples import Examples
from wannb.train.learner import Learner
from wannb.train.predict import predict
from wannb.train.randomness import Purpose, stream
from wannb.train.texts import CachedTexts, LiveTexts
from wannb.train.timesteps import expert_range
from wannb.wan.short_text import short_text

QUANTILES = tuple(k / 10 for k in range(1, 10))
"""Where in an expert's range its loss is measured, evenly in t."""

AT_ONCE = 8192
"""Tokens of one forward pass, which the nine timesteps of a small clip share; a larger clip has one for each."""


@dataclass(frozen=True)
class Question:
    """One clip to predict: latents and still float32 [1, 16, f, h, w] (still None for T2V), embeds [n, d].

    key: the hexadecimal name of its content, from which its noise follows.
    """

    key: str
    latents: Tensor
    still: Tensor | None
    embeds: Tensor


@dataclass(frozen=True)
class Questions:
    """The clips that a run is measured on, one item of each; `examples` has the tensors of `items` by index.

    Each is asked with the prompt it is trained with (or would be), never with a dropped one.
    """

    items: list[Item]
    examples: Examples
    texts: CachedTexts | LiveTexts
    captions: Captions
    held_out: bool

    @property
    def ids(self) -> list[str]:
        """What names each question: measurements of one id can be compared, also across edits of the data set."""
        return [digest(item.key, self.captions.trained(item))[:16] for item in self.items]

    def __iter__(self) -> Iterator[Question]:
        for index, item in enumerate(self.items):
            latents, still = self.examples.batch([index])
            yield Question(item.key, latents, still, self.texts.embed([self.captions.trained(item)])[0])


def timesteps_of(expert: str, boundary: float) -> list[float]:
    """Return the nine timesteps of `expert`: QUANTILES of its range, evenly in t, in 0…1000."""
    lowest, highest = expert_range(expert, boundary)
    return [lowest + quantile * (highest - lowest) for quantile in QUANTILES]


def measure(learner: Learner, questions: Iterable[Question], boundary: float, seed: int) -> Tensor:
    """Return the expert's losses as it is now, float32 [questions, 9]: mean squared error of the velocity.

    No dropout, no mask, no regularizer: the plain flow-matching loss, whatever the job trains with. Uses no random
    generator but its own, and leaves the learner as it was.
    """
    timesteps = torch.tensor(timesteps_of(learner.expert, boundary))
    with torch.no_grad(), _without_dropout(learner.transformer):
        return torch.stack([_losses(learner, question, timesteps, seed) for question in questions])


def noise_of(key: str, quantile: int, seed: int, shape: Iterable[int]) -> Tensor:
    """Return the noise of one clip at its `quantile`-th timestep, float32 of `shape`, the same on every device."""
    numbers = stream(seed, Purpose.VALIDATION, int(key, 16), quantile)
    return torch.from_numpy(numbers.standard_normal(tuple(shape), dtype="float32"))


def _losses(learner: Learner, question: Question, timesteps: Tensor, seed: int) -> Tensor:
    """Return the losses of one question at `timesteps`, float32 [9] on the CPU."""
    shape = question.latents.shape[1:]
    together = max(1, AT_ONCE // (math.prod(shape[1:]) // 4))  # patches of 1 × 2 × 2 latents
    losses = []
    for places in torch.arange(len(timesteps)).split(together):
        count = len(places)
        noise = torch.stack([noise_of(question.key, place, seed, shape) for place in places.tolist()])
        latents = question.latents.expand(count, *shape)
        still = None if question.still is None else question.still.expand(count, *shape)
        with short_text(learner.transformer, [question.embeds] * count) as embeds:
            prediction, target = predict(learner, latents, still, noise, timesteps[places], embeds)
        losses.append((prediction.float() - target.float()).square().flatten(1).mean(dim=1).cpu())
    return torch.cat(losses)


@contextmanager
def _without_dropout(transformer: torch.nn.Module) -> Iterator[None]:
    """Inside the block every module is in eval mode; afterwards each in the mode it had."""
    training = [module for module in transformer.modules() if module.training]
    transformer.eval()
    try:
        yield
    finally:
        for module in training:
            module.training = True
