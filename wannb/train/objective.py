"""Flow matching as Wan trains it: the sample lies on the straight line from clip to noise, the target is its direction.

x_t = (1 - σ)·x0 + σ·ε, target v = ε - x0, σ = t / 1000 (Lipman et al. 2023, arXiv:2210.02747; Wan 2.2's own code).
"""

from collections.abc import Callable

import torch
from torch import Tensor

HUBER = 0.01
"""Where pseudo-Huber turns from squared to absolute error; AI Toolkit's value."""
ERRORS: dict[str, Callable[[Tensor], Tensor]] = {
    "mse": torch.square,
    "mae": torch.abs,
    "pseudo_huber": lambda error: torch.sqrt(error.square() + HUBER**2) - HUBER,
}


def noised(latents: Tensor, noise: Tensor, sigmas: Tensor) -> Tensor:
    """Return x_t: `latents` and `noise` [B, 16, F, H, W] mixed by `sigmas` [B] in 0…1."""
    sigmas = sigmas.view(-1, 1, 1, 1, 1)
    return (1 - sigmas) * latents + sigmas * noise


def velocity(latents: Tensor, noise: Tensor) -> Tensor:
    """Return the target ε - x0, [B, 16, F, H, W]."""
    return noise - latents


def item_losses(prediction: Tensor, target: Tensor, kind: str = "mse", mask: Tensor | None = None) -> Tensor:
    """Return each item's mean error in float32, [B], of two tensors [B, 16, F, H, W].

    kind: `mse`, `mae` or `pseudo_huber`; mask: what each place counts, [B, 1, F, H, W], 1 everywhere where there is
    none.
    """
    errors = ERRORS[kind](prediction.float() - target.float())
    if mask is not None:
        errors = errors * mask.to(errors)
    return errors.flatten(1).mean(dim=1)


def beyond(reference: Tensor, target: Tensor, scale: float) -> Tensor:
    """Return the target of differential guidance, reference + scale · (target - reference), without a gradient.

    Seen from the prediction this is AI Toolkit's (with MSE its gradient is `scale` times the plain one), seen from
    the base's prediction it is what the guides describe (decision 9).
    """
    reference = reference.detach().float()
    return reference + scale * (target.float() - reference)
