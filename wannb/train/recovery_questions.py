"""What a 4-bit expert is asked while it learns to answer as the whole one does: noised clips of the job's own cache.

Practice question n of an expert is a function of seed and n, so an interrupted recovery goes on with the same ones.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import Module

from wannb.data import batches, held_out
from wannb.data.content import digest
from wannb.job import Job
from wannb.train.caching import Prepared
from wannb.train.captions import Captions
from wannb.train.model import Model
from wannb.train.predict import Noised, noised
from wannb.train.randomness import Purpose, stream
from wannb.train.timesteps import Timesteps
from wannb.train.validation import AT_ONCE, noise_of, timesteps_of
from wannb.wan.short_text import short_text

EXPERTS = ("high", "low")
HELD = 4
"""Clips that answers are judged on, and that nothing is learned from; a third of the clips where there are few."""


@dataclass(frozen=True)
class Question:
    """latents, noise: float32 [B, 16, f, h, w]; still: the same for I2V, else None; timesteps: [B], 0…1000; embeds: a
    tensor [n, d] an item."""

    latents: Tensor
    still: Tensor | None
    noise: Tensor
    timesteps: Tensor
    embeds: list[Tensor]

    def at(self, expert: Module) -> Noised:
        weight = expert.patch_embedding.weight
        return noised(weight.device, weight.dtype, self.latents, self.still, self.noise, self.timesteps)


class Questions:
    """Of a job whose clips and prompts are cached; `held_out` tells whether the tests are on clips of their own."""

    def __init__(self, job: Job, model: Model, prepared: Prepared):
        self._seed, self._boundary, self._prepared, self._captions = job.seed, model.boundary, prepared, Captions(job)
        items = prepared.items
        places = {item: place for place, item in enumerate(items)}
        clips = len({item.content for item in items if not item.is_reg})
        self.held_out = clips // 3 > 0
        learned, tested = held_out.split(items, min(HELD, clips // 3), job.seed) if self.held_out else (items, [])
        self._learned = [places[item] for item in learned]
        self._tested = [places[item] for item in tested or held_out.measured(items, HELD, job.seed)]
        self._schedule = batches.Schedule(learned, job.train.batch_size, job.seed)

    @property
    def id(self) -> str:
        """A hex digest of all that they are drawn from, but for the encoders that made the cache."""
        items = self._prepared.items
        asked = [(items[one].key, self._captions.trained(items[one])) for one in (*self._learned, *self._tested)]
        drawn = [(item.dropout, item.weight, item.batch_size) for item in items]
        return digest(str(self._seed), str(self._boundary), str(asked), str(drawn))

    def practice(self, expert: str, number: int) -> Question:
        """Question `number` (from 0) for `expert`: evenly over its own range of timesteps."""
        picked = self._schedule.batch(expert, number)
        indices = [self._learned[one] for one in picked]
        items = [self._prepared.items[one] for one in indices]
        dropped = [batches.dropped(self._seed, expert, number, i, item.dropout) for i, item in enumerate(items)]
        prompts = [self._captions.trained(item, gone) for item, gone in zip(items, dropped, strict=True)]
        latents, still = self._prepared.examples.batch(indices)
        numbers = stream(self._seed, Purpose.RECOVERY, EXPERTS.index(expert), number)
        timesteps = torch.from_numpy(Timesteps(expert, self._boundary).draw(len(indices), numbers))
        noise = torch.from_numpy(numbers.standard_normal(tuple(latents.shape), dtype="float32"))
        return Question(latents, still, noise, timesteps, self._prepared.texts.embed(prompts))

    def tests(self, expert: str) -> Iterator[Question]:
        """Every clip of the tests at the nine timesteps at which a run validates `expert`."""
        timesteps = torch.tensor(timesteps_of(expert, self._boundary))
        for index in self._tested:
            item = self._prepared.items[index]
            latents, still = self._prepared.examples.batch([index])
            embeds = self._prepared.texts.embed([self._captions.trained(item)])
            shape = latents.shape[1:]
            together = max(1, AT_ONCE // (math.prod(shape[1:]) // 4))  # patches of 1 × 2 × 2 latents
            for places in torch.arange(len(timesteps)).split(together):
                noise = torch.stack([noise_of(item.key, place, self._seed, shape) for place in places.tolist()])
                count = len(places)
                stills = None if still is None else still.expand(count, *shape)
                yield Question(latents.expand(count, *shape), stills, noise, timesteps[places], embeds * count)


@contextmanager
def answering(expert: Module, question: Question) -> Iterator[tuple[Tensor, Tensor]]:
    """What `expert` predicts and the flow's target, [B, 16, f, h, w] each. The backward pass belongs inside."""
    at = question.at(expert)
    with short_text(expert, question.embeds) as text:
        yield (
            expert(hidden_states=at.sample, timestep=at.timesteps, encoder_hidden_states=text, return_dict=False)[0],
            at.target,
        )
