"""Flow matching as Wan trains it: the sample lies on the straight line from clip to noise, the target is its direction.

x_t = (1 - σ)·x0 + σ·ε, target v = ε - x0, σ = t / 1000 (Lipman et al. 2023, arXiv:2210.02747; Wan 2.2's own code).
"""

import torch
from torch import Tensor


def noised(latents: Tensor, noise: Tensor, sigmas: Tensor) -> Tensor:
    """Return x_t: `latents` and `noise` [B, 16, F, H, W] mixed by `sigmas` [B] in 0…1."""
    sigmas = sigmas.view(-1, 1, 1, 1, 1)
    return (1 - sigmas) * latents + sigmas * noise


def velocity(latents: Tensor, noise: Tensor) -> Tensor:
    """Return the target ε - x0, [B, 16, F, H, W]."""
    return noise - latents


def item_losses(prediction: Tensor, target: Tensor) -> Tensor:
    """Return each item's mean squared error in float32, [B], of two tensors [B, 16, F, H, W]."""
    return (prediction.float() - target.float()).square().flatten(1).mean(dim=1)


def loss(prediction: Tensor, latents: Tensor, noise: Tensor) -> Tensor:
    """Return the batch's loss, a scalar: the mean over its items of `item_losses` against `velocity`."""
    return torch.mean(item_losses(prediction, velocity(latents, noise)))
