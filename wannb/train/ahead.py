"""What a micro-batch works on, made ready on the device: on a card a step ahead, while it still works on the last one.

That can be done because a step is a function of its number; nothing of it changes by when it is made.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from wannb.refusal import Refusal
from wannb.train.predict import Noised, noised
from wannb.train.randomness import Purpose, stream
from wannb.wan.streaming.crossing import sent

if TYPE_CHECKING:
    from wannb.train.micro_batches import Material, MicroBatch

AT_WORK_MEANWHILE = ("cuda",)
"""Devices that go on working while the host makes something ready; elsewhere there is nothing to gain."""


@dataclass(frozen=True)
class Ready:
    """On the device: what the passes start from; what each item's loss counts, [B]; where it counts, [B, 1, f, h, w],
    or None for everywhere."""

    at: Noised
    weights: Tensor
    mask: Tensor | None


class Ahead:
    """Keeps what was made ready until a later step is made ready."""

    def __init__(self) -> None:
        self._ready: dict[tuple, Ready] = {}

    def prepare(
        self, micro_batches: list["MicroBatch"], material: "Material", device: torch.device, dtype: torch.dtype
    ) -> None:
        """Make `micro_batches` ready for an expert of `dtype` on `device`. What cannot be made (a cache entry is gone)
        is left to the step itself, which can say so."""
        try:
            ready = [(_key(one, material, device, dtype), made(one, material, device, dtype)) for one in micro_batches]
            self._ready = dict(ready)
        except (Refusal, RuntimeError):
            self._ready = {}

    def take(self, micro: "MicroBatch", material: "Material", device: torch.device, dtype: torch.dtype) -> Ready:
        """Return `micro` as `prepare` made it, or make it now."""
        found = self._ready.get(_key(micro, material, device, dtype))
        return found or made(micro, material, device, dtype)


def made(micro: "MicroBatch", material: "Material", device: torch.device, dtype: torch.dtype) -> Ready:
    """Read and noise the clips of `micro`."""
    latents, still = material.examples.batch(micro.indices)
    noise = noise_for(material.job.seed, micro, latents.shape)
    mask = material.examples.masks(micro.indices)
    return Ready(
        noised(device, dtype, latents, still, noise, micro.timesteps),
        sent(micro.weights, device),
        None if mask is None else sent(mask, device),
    )


def noise_for(seed: int, micro: "MicroBatch", shape: torch.Size) -> Tensor:
    """Return the noise of a micro-batch, float32 [B, 16, f, h, w], the same on every device."""
    numbers = stream(seed, Purpose.NOISE, micro.step, micro.number)
    return torch.from_numpy(numbers.standard_normal(tuple(shape), dtype="float32"))


def _key(micro: "MicroBatch", material: "Material", device: torch.device, dtype: torch.dtype) -> tuple:
    """All that `made` follows from but the clips themselves, which do not change in a run."""
    drawn = tuple(micro.timesteps.tolist()), tuple(micro.weights.tolist())
    return material.job.seed, micro.step, micro.number, tuple(micro.indices), *drawn, device, dtype
