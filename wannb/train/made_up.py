"""Material of a wanted shape made up of random numbers: what a step costs does not depend on what it learns."""

from pathlib import Path

import torch
from torch import Tensor

from wannb.data import batches
from wannb.data.items import Item
from wannb.job import Job
from wannb.job.stages import Stages
from wannb.train.captions import Captions
from wannb.train.experts import Experts
from wannb.train.micro_batches import Material
from wannb.train.model import Model
from wannb.train.timesteps import Timesteps

WORDS = 60
"""Tokens of a made-up prompt: a caption of two sentences."""
LATENT_CHANNELS, PIXELS, FRAMES = 16, 8, 4  # formats.md 1.3: of a latent's side and, after the first one, its time


def material(job: Job, model: Model, experts: Experts, size: tuple[int, int, int], text_dim: int) -> Material:
    """Return what the steps of `job` on clips of `size` (frames, width, height) work on, without any clip."""
    frames, width, height = size
    items = [_item(job, index, size) for index in range(job.train.batch_size)]
    latents = (LATENT_CHANNELS, (frames - 1) // FRAMES + 1, height // PIXELS, width // PIXELS)
    return Material(
        job=job,
        items=items,
        examples=RandomExamples(latents, conditioned=job.task == "i2v"),
        texts=RandomTexts(text_dim),
        captions=Captions(job),
        experts=experts,
        schedule=batches.Schedule(items, job.train.batch_size, job.seed),
        stages=Stages.of(job),
        timesteps={one: Timesteps.of(job, one, model.boundary, model.shift) for one in job.stages},
    )


class RandomExamples:
    """Latents and conditions of one shape, without masks, in place of `train.examples.Examples`."""

    def __init__(self, shape: tuple[int, int, int, int], conditioned: bool):
        self._latents = torch.randn(shape, generator=torch.Generator().manual_seed(0))
        self._condition = torch.zeros(shape) if conditioned else None

    def batch(self, indices: list[int]) -> tuple[Tensor, Tensor | None]:
        """[B, 16, f, h, w] each; None for text-to-video."""
        latents = torch.stack([self._latents] * len(indices))
        return latents, None if self._condition is None else torch.stack([self._condition] * len(indices))

    def masks(self, indices: list[int]) -> None:
        """There are none."""


class RandomTexts:
    """Embeddings of WORDS tokens for whatever prompt, in place of `train.texts.CachedTexts`."""

    def __init__(self, width: int):
        self._embed = torch.randn((WORDS, width), generator=torch.Generator().manual_seed(0))

    def embed(self, prompts: list[str]) -> list[Tensor]:
        """One tensor [n, width] a prompt."""
        return [self._embed] * len(prompts)


def _item(job: Job, index: int, size: tuple[int, int, int]) -> Item:
    frames, width, height = size
    name = f"made up {index}"
    return Item(
        dataset=0,
        path=Path(name),
        frames=tuple(range(frames)),
        size=(width, height),
        flip_x=False,
        flip_y=False,
        caption=f"{job.trigger_word or ''} made up".strip(),
        dropout=0.0,
        key=name,
        name=name,
        source=name,
        content=name,
    )
