"""Pixels to normalised latents and back, as diffusers' Wan pipelines do it."""

import math

import numpy as np
import torch
from diffusers import AutoencoderKLWan, WanTransformer3DModel

from wannb.refusal import Refusal

TOGETHER = 2**20
"""Pixels, over all frames of a batch, up to which clips are encoded together."""


def to_video(pixels: np.ndarray | torch.Tensor) -> torch.Tensor:
    """uint8 [F, H, W, 3], F = 4n+1 -> float32 [3, F, H, W] in [-1, 1]; raises Refusal for other frame counts,
    whose last frames the VAE would silently drop (formats.md 1.3)."""
    pixels = torch.as_tensor(np.asarray(pixels))
    if len(pixels) % 4 != 1:
        raise Refusal(f"A clip of {len(pixels)} frames cannot be encoded whole: use 4n+1 frames (1, 5, 9, 13, ...).")
    return to_unit(pixels).permute(3, 0, 1, 2)


@torch.no_grad()
def encode_batch(vae: AutoencoderKLWan, videos: torch.Tensor) -> torch.Tensor:
    """videos: float32 [B, 3, F, H, W] in [-1, 1] -> normalised latents: float32 [B, 16, f, H/8, W/8], f = (F-1)/4 + 1.

    They are the posterior's mode. Small clips go through together, since torch's CPU convolution takes three times as
    long for a batch of one; large ones go one by one, since memory grows with the batch.
    """
    batches = [videos] if videos[:, 0].numel() <= TOGETHER else videos.split(1)
    latents = torch.cat([vae.encode(batch.to(vae.device, vae.dtype)).latent_dist.mode().float() for batch in batches])
    mean, inverse_std = _statistics(vae, latents.device)
    return ((latents - mean) * inverse_std).contiguous()


@torch.no_grad()
def decode(vae: AutoencoderKLWan, latents: torch.Tensor) -> np.ndarray:
    """latents: normalised [16, f, h, w] -> uint8 [4(f-1)+1, 8h, 8w, 3]."""
    latents = latents.to(vae.device, torch.float32)
    mean, inverse_std = _statistics(vae, latents.device)
    video = vae.decode((latents / inverse_std + mean)[None].to(vae.dtype)).sample[0].float()
    unit = (video * 0.5 + 0.5).clamp(0, 1).permute(1, 2, 3, 0)
    return to_bytes(unit.cpu().numpy())


def to_unit(pixels: torch.Tensor) -> torch.Tensor:
    """uint8 0..255 -> float32 -1..1, in the order of operations of diffusers' VideoProcessor."""
    return 2.0 * (pixels.to(torch.float32) / 255.0) - 1.0


def to_bytes(unit: np.ndarray) -> np.ndarray:
    """float 0..1 -> uint8 0..255, rounded."""
    return (unit * 255).round().astype(np.uint8)


def tokens(expert: WanTransformer3DModel, latents: torch.Tensor) -> int:
    """How many tokens latents [B, C, f, h, w] are for `expert`, each."""
    sizes = zip(latents.shape[2:], expert.config.patch_size, strict=True)
    return math.prod(size // patch for size, patch in sizes)


def _statistics(vae: AutoencoderKLWan, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """(mean, 1/std), each [16, 1, 1, 1]; the reciprocal is what diffusers multiplies by."""
    mean = torch.tensor(vae.config.latents_mean, device=device).view(-1, 1, 1, 1)
    return mean, 1.0 / torch.tensor(vae.config.latents_std, device=device).view(-1, 1, 1, 1)
