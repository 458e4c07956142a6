"""The singular values and the norm of a product of two thin matrices, which is never formed."""

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor

MOST = 2**27
"""Numbers of factors that `squared_norms` copies at a time: half a GiB in fp32."""


class Singular(NamedTuple):
    """up @ down = left @ diag(values) @ right: left [out, r], values [r] descending, right [r, in]."""

    left: Tensor
    values: Tensor
    right: Tensor

    def cut(self, rank: int) -> tuple[Tensor, Tensor]:
        """(down, up) of the best approximation of at most `rank` (Eckart-Young); the roots of the values go to both."""
        roots = self.values[:rank].sqrt()
        return roots[:, None] * self.right[:rank], self.left[:, :rank] * roots

    def kept(self, rank: int) -> float:
        """The share of the squared norm that `rank` values keep; 1 where there is nothing."""
        squares = self.values.square()
        total = squares.sum().item()
        return squares[:rank].sum().item() / total if total else 1.0

    def rank_for(self, share: float) -> int:
        """The smallest rank, at least 1, that keeps `share` of the squared norm."""
        squares = self.values.double().square().cumsum(0)
        enough = (squares >= share * squares[-1] * (1 - 1e-12)).nonzero()
        return int(enough[0]) + 1


def singular(down: Tensor, up: Tensor) -> Singular:
    """down: [r, in], up: [out, r] -> the singular value decomposition of up @ down.

    With up = Q R and downᵀ = P S the values are those of R Sᵀ, which is as small as the rank.
    """
    q, r = torch.linalg.qr(up)
    p, s = torch.linalg.qr(down.T)
    left, values, right = torch.linalg.svd(r @ s.T, full_matrices=False)
    return Singular(q @ left, values, right @ p.T)


def squared_norm_of_product(left: Tensor, right: Tensor) -> Tensor:
    """‖L R‖² of thin factors [..., m, r] and [..., r, n], shape [...]: from their Gram matrices, as tr(Rᵀ Lᵀ L R) =
    Σ (Lᵀ L) ∘ (R Rᵀ)."""
    return ((left.mT @ left) * (right @ right.mT)).sum(dim=(-2, -1)).clamp(min=0)


def squared_norms(products: Mapping[str, tuple[float, Tensor, Tensor]]) -> dict[str, Tensor]:
    """‖scale · L R‖² of every (scale, L, R), 0-dim: those of one shape together, for a card is done with one sooner
    than it can be given the next."""
    alike: dict[tuple, list[str]] = {}
    for name, (scale, left, right) in products.items():
        alike.setdefault((scale, left.shape, right.shape, left.device), []).append(name)
    squares = {}
    for (scale, left, right, _), names in alike.items():
        count = max(1, MOST // (left.numel() + right.numel()))
        for first in range(0, len(names), count):
            some = names[first : first + count]
            factors = (torch.stack([products[name][side] for name in some]) for side in (1, 2))
            squares |= zip(some, (scale**2 * squared_norm_of_product(*factors)).unbind(), strict=True)
    return squares


def inner(one: tuple[Tensor, Tensor], other: tuple[Tensor, Tensor]) -> float:
    """<up @ down, up' @ down'>, the sum of the products of their entries, of two (down, up), in fp64."""
    (down, up), (down2, up2) = ((part.double() for part in pair) for pair in (one, other))
    return ((up.T @ up2) * (down @ down2.T)).sum().item()


def squared_distance(one: tuple[Tensor, Tensor], other: tuple[Tensor, Tensor]) -> float:
    """‖up @ down - up' @ down'‖² of two (down, up), from Gram matrices in fp64."""
    down = torch.cat([one[0], other[0]]).double()
    up = torch.cat([one[1], -other[1]], dim=1).double()
    return max(((up.T @ up) * (down @ down.T)).sum().item(), 0.0)
