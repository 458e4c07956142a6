"""What a step works on: the run's material, and a step's micro-batches as a pure function of the step's number."""

from dataclasses import dataclass, field

import torch
from torch import Tensor

from wannb.data import batches
from wannb.data.items import Item
from wannb.job import Job
from wannb.job.stages import Stages
from wannb.train.ahead import Ahead
from wannb.train.captions import Captions
from wannb.train.examples import Examples
from wannb.train.experts import Experts
from wannb.train.model import Model
from wannb.train.randomness import Purpose, stream
from wannb.train.texts import CachedTexts, LiveTexts
from wannb.train.timesteps import Timesteps


@dataclass(frozen=True)
class Material:
    """What every step of a run works on; `timesteps` are each expert's."""

    job: Job
    items: list[Item]
    examples: Examples
    texts: CachedTexts | LiveTexts
    captions: Captions
    experts: Experts
    schedule: batches.Schedule
    stages: Stages
    timesteps: dict[str, Timesteps]
    ahead: Ahead = field(default_factory=Ahead)

    @classmethod
    def of(cls, job: Job, model: Model, prepared, experts: Experts) -> "Material":
        """Bring together what `caching.prepare` read and `Experts.load` loaded."""
        return cls(
            job=job,
            items=prepared.items,
            examples=prepared.examples,
            texts=prepared.texts,
            captions=Captions(job),
            experts=experts,
            schedule=batches.Schedule(prepared.items, job.train.batch_size, job.seed),
            stages=Stages.of(job),
            timesteps={one: Timesteps.of(job, one, model.boundary, model.shift) for one in job.stages},
        )


@dataclass(frozen=True)
class MicroBatch:
    """One batch of a step, each a list of B: item indices, the prompts trained with, which captions were dropped, the
    prompts to keep as the base has them (None: nothing to keep), what each item's loss counts. timesteps: [B]."""

    step: int
    number: int
    indices: list[int]
    prompts: list[str]
    dropped: list[bool]
    kept: list[str | None]
    weights: Tensor
    timesteps: Tensor


def plan(step: int, expert: str, material: Material) -> list[MicroBatch]:
    """Return the micro-batches of `step`: pure, nothing is read and nothing computed on a device."""
    job = material.job
    first = material.stages.before(step, expert) * job.train.gradient_accumulation
    places = [first + number for number in range(job.train.gradient_accumulation)]
    picked = [material.schedule.batch(expert, k) for k in places]
    drawn = _timesteps(step, expert, material, [len(indices) for indices in picked])
    return [
        _micro_batch(step, number, expert, k, indices, timesteps, material)
        for number, (k, indices, timesteps) in enumerate(zip(places, picked, drawn, strict=True))
    ]


def _timesteps(step: int, expert: str, material: Material, sizes: list[int]) -> list[Tensor]:
    """Draw for the whole step at once, so that its items share the strata."""
    numbers = stream(material.job.seed, Purpose.TIMESTEPS, step)
    return list(torch.from_numpy(material.timesteps[expert].draw(sum(sizes), numbers)).split(sizes))


def _micro_batch(
    step: int, number: int, expert: str, k: int, indices: list[int], timesteps: Tensor, material: Material
) -> MicroBatch:
    items = [material.items[index] for index in indices]
    seed, captions = material.job.seed, material.captions
    dropped = [batches.dropped(seed, expert, k, i, item.dropout) for i, item in enumerate(items)]
    prompts = [captions.trained(item, gone) for item, gone in zip(items, dropped, strict=True)]
    kept = [captions.preserved(item, prompt) for item, prompt in zip(items, prompts, strict=True)]
    counts = torch.tensor([item.loss_weight for item in items], dtype=torch.float32)
    counts = counts * torch.from_numpy(material.timesteps[expert].loss_weights(timesteps.numpy())).float()
    return MicroBatch(step, number, indices, prompts, dropped, kept, counts, timesteps)
