"""Muon: momentum whose matrices are made orthogonal by Newton-Schulz (Keller Jordan, 2024), for convolutions too."""

from collections import defaultdict

import torch


def orthogonal(matrices: torch.Tensor, steps: int = 5) -> torch.Tensor:
    """Push the singular values of `matrices` [k, m, n] towards 1 by the quintic iteration (3.4445, -4.7750, 2.0315)."""
    x = matrices.bfloat16()
    tall = x.shape[1] > x.shape[2]
    x = x.mT if tall else x
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(steps):
        gram = x @ x.mT
        x = 3.4445 * x + (-4.7750 * gram + 2.0315 * gram @ gram) @ x
    return (x.mT if tall else x).to(matrices.dtype)


class Muon(torch.optim.Optimizer):
    """Steps of root-mean-square `lr * 0.2` for weights of two or more dimensions (Moonlight's scaling)."""

    def __init__(self, params, lr: float, momentum: float = 0.95):
        super().__init__(params, {"lr": lr, "momentum": momentum})
        self.by_shape = defaultdict(list)
        for p in self.param_groups[0]["params"]:
            self.by_shape[p.flatten(1).shape].append(p)

    @torch.no_grad()
    def step(self) -> None:
        lr, momentum = self.param_groups[0]["lr"], self.param_groups[0]["momentum"]
        for shape, same in self.by_shape.items():
            grads = torch.stack([p.grad.flatten(1) for p in same])
            buffer = self.state[same[0]].setdefault("momentum", torch.zeros_like(grads))
            buffer.lerp_(grads, 1 - momentum)
            update = orthogonal(grads.lerp(buffer, momentum)) * (-lr * 0.2 * max(shape) ** 0.5)
            torch._foreach_add_(same, [u.view_as(p) for u, p in zip(update.unbind(), same, strict=True)])


def split(module: torch.nn.Module) -> tuple[list, list]:
    """(weights for Muon, the rest for AdamW): first and last layers stay with AdamW."""
    edges = (
        "conv_in",
        "conv_out",
        "patch_embedding",
        "proj_out",
        "quant_conv",
        "text_embedder.linear_1",
        "scale_shift",
        "gamma",
    )
    matrices, rest = [], []
    for name, p in module.named_parameters():
        plain = p.ndim < 2 or min(p.flatten(1).shape) < 8 or any(word in name for word in edges)
        (rest if plain else matrices).append(p)
    return matrices, rest
