"""Cached clips as batches: latents, for image-to-video their conditions, and masks."""

import torch
from torch import Tensor

from wannb.data.cache import TensorCache

MEMORY = 2 * 2**30
"""Bytes of clips kept in memory; what is beyond is read from the disk at every use."""


class Examples:
    """The training items' tensors, by item index."""

    def __init__(self, cache: TensorCache, keys: list[str]):
        self._cache, self._keys = cache, keys
        self._held: dict[str, dict[str, Tensor]] = {}
        self._bytes = 0

    def batch(self, indices: list[int]) -> tuple[Tensor, Tensor | None]:
        """Return latents [B, 16, f, h, w] and the I2V conditions [B, 16, f, h, w] (None for T2V), float32."""
        clips = [self._read(self._keys[index]) for index in indices]
        latents = torch.stack([clip["latents"] for clip in clips])
        return latents, torch.stack([clip["condition"] for clip in clips]) if "condition" in clips[0] else None

    def masks(self, indices: list[int]) -> Tensor | None:
        """Return where the loss of each item counts, float32 [B, 1, f, h, w] of mean 1 an item: ones for an item
        without a mask, and None where no item of the batch has one."""
        clips = [self._read(self._keys[index]) for index in indices]
        if not any("mask" in clip for clip in clips):
            return None
        return torch.stack([clip["mask"] if "mask" in clip else torch.ones_like(clip["latents"][:1]) for clip in clips])

    def _read(self, key: str) -> dict[str, Tensor]:
        if key in self._held:
            return self._held[key]
        clip = {name: tensor.clone() for name, tensor in self._cache.read(key).items()}
        size = sum(tensor.nbytes for tensor in clip.values())
        if self._bytes + size <= MEMORY:
            self._held[key], self._bytes = clip, self._bytes + size
        return clip
