"""The image-to-video condition: what the 20 extra input channels hold (formats.md 1.5)."""

import torch


def video(first: torch.Tensor, num_frames: int) -> torch.Tensor:
    """first: float32 [3, 1, H, W] in [-1, 1] -> [3, num_frames, H, W], what the VAE encodes to the condition: that
    frame, then mid grey (0; decision 11)."""
    grey = first.new_zeros(3, num_frames - 1, *first.shape[2:])
    return torch.cat([first, grey], dim=1)


def mask(f: int, h: int, w: int, device: torch.device | None = None) -> torch.Tensor:
    """float32 [4, f, h, w]: 1 where a pixel frame is known. The first latent frame stands for the first pixel frame
    four times over, so its four channels are 1 and all else is 0."""
    known = torch.zeros(4, f, h, w, device=device)
    known[:, 0] = 1
    return known


def model_input(noisy: torch.Tensor, condition: torch.Tensor | None) -> torch.Tensor:
    """noisy: [B, 16, f, h, w], condition: [B, 16, f, h, w] or None (T2V) -> [B, 36 | 16, f, h, w] in noisy's dtype.

    The order is noisy 16, mask 4, condition 16.
    """
    if condition is None:
        return noisy
    batch, _, *size = noisy.shape
    known = mask(*size, device=noisy.device).to(noisy)[None].expand(batch, -1, -1, -1, -1)
    return torch.cat([noisy, known, condition.to(noisy)], dim=1)
