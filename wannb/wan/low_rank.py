"""The singular values of a product of two thin matrices, which is never formed."""

from typing import NamedTuple

import torch
from torch import Tensor


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


def inner(one: tuple[Tensor, Tensor], other: tuple[Tensor, Tensor]) -> float:
    """<up @ down, up' @ down'>, the sum of the products of their entries, of two (down, up), in fp64."""
    (down, up), (down2, up2) = ((part.double() for part in pair) for pair in (one, other))
    return ((up.T @ up2) * (down @ down2.T)).sum().item()


def squared_distance(one: tuple[Tensor, Tensor], other: tuple[Tensor, Tensor]) -> float:
    """‖up @ down - up' @ down'‖² of two (down, up), from Gram matrices in fp64."""
    down = torch.cat([one[0], other[0]]).double()
    up = torch.cat([one[1], -other[1]], dim=1).double()
    return max(((up.T @ up) * (down @ down.T)).sum().item(), 0.0)
