"""The image-to-video condition: what the 20 extra input channels hold (formats.md 1.5)."""

import numpy as np
import torch
from diffusers import AutoencoderKLWan

from wannb.wan import latents


def encode(vae: AutoencoderKLWan, first_frame: np.ndarray | torch.Tensor, num_frames: int) -> torch.Tensor:
    """first_frame: uint8 [H, W, 3] -> float32 [16, f, H/8, W/8]: the VAE's mode of that frame followed by
    num_frames - 1 frames of mid grey (0 in [-1, 1]), normalised (decision 11)."""
    frame = latents.to_unit(torch.as_tensor(np.asarray(first_frame))).permute(2, 0, 1)
    video = torch.zeros(3, num_frames, *frame.shape[1:])
    video[:, 0] = frame
    return latents.encode_video(vae, video)


def mask(f: int, h: int, w: int) -> torch.Tensor:
    """float32 [4, f, h, w]: 1 where a pixel frame is known. The first latent frame stands for the first pixel frame
    four times over, so its four channels are 1 and all else is 0."""
    known = torch.zeros(4, f, h, w)
    known[:, 0] = 1
    return known


def model_input(noisy: torch.Tensor, condition: torch.Tensor | None) -> torch.Tensor:
    """noisy: [B, 16, f, h, w], condition: [B, 16, f, h, w] or None (T2V) -> [B, 36 | 16, f, h, w] in noisy's dtype.

    The order is noisy 16, mask 4, condition 16.
    """
    if condition is None:
        return noisy
    batch, _, *size = noisy.shape
    known = mask(*size).to(noisy)[None].expand(batch, -1, -1, -1, -1)
    return torch.cat([noisy, known, condition.to(noisy)], dim=1)
