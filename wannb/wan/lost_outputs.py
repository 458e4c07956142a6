"""What a linear's outputs lose when its weight is held in fewer bits, and the pair of factors that makes up for most.

E = W - Q is lost of the weight, E x of an output. Of all pairs of rank r, up = U and down = Uᵀ E leave least of it,
where U are the r leading eigenvectors of Σ E x xᵀ Eᵀ over the inputs (Eckart-Young for E X; arXiv:2410.06040 has it
with a root of Σ x xᵀ, which is not needed). What is lost of weights is nearly white noise; of outputs it is not, for
activations lie near few directions. Power iteration over several rounds of inputs finds them from sums of [out, rank].
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from wannb.wan.frozen_linear import FrozenLinear
from wannb.wan.lora_spellings import Pair

BESIDE = 8
"""Directions that are followed beyond the rank: the last ones of those that are followed come out least exactly."""

Quantize = Callable[[nn.Linear], nn.Linear]


class LostOutputs:
    """Of one linear, over the inputs it is given between `listening` and `pair`; `turn` after each round of them."""

    def __init__(self, linear: nn.Linear, quantize: Quantize, rank: int, numbers: torch.Generator):
        self._linear, self._quantize = linear, quantize
        self._rank = min(rank, linear.out_features, linear.in_features)
        followed = min(self._rank + BESIDE, linear.out_features)
        start = torch.randn(linear.out_features, followed, generator=numbers)
        self._basis = torch.linalg.qr(start)[0]  # [out, followed]
        self._sum = torch.zeros_like(self._basis)

    def hear(self, x: Tensor) -> None:
        """Add what is lost of the outputs for x, [..., in], on the device where x is."""
        self._basis, self._sum = self._basis.to(x.device), self._sum.to(x.device)
        outputs = F.linear(x.flatten(0, -2), self._lost().to(x.dtype)).float()
        self._sum += outputs.T @ (outputs @ self._basis)

    def turn(self) -> None:
        """Follow from now on the directions that the last round has turned to."""
        self._basis = torch.linalg.qr(self._sum)[0]
        self._sum = torch.zeros_like(self._basis)

    def pair(self) -> Pair:
        """fp32 down [rank, in] and up [out, rank], on the CPU, of the last round; both of a direction equally long."""
        lost = self._lost().float()
        up = _leading(self._basis.to(lost.device), self._sum.to(lost.device), self._rank)
        down = up.T @ lost
        roots = torch.linalg.vector_norm(down, dim=1).sqrt().clamp(min=torch.finfo(torch.float32).tiny)
        return Pair((down / roots[:, None]).cpu(), (up * roots).cpu())

    def _lost(self) -> Tensor:
        weight = self._linear.weight.detach()
        return weight.float() - self._quantize(self._linear).dequantized().float()


def _leading(basis: Tensor, image: Tensor, rank: int) -> Tensor:
    """The `rank` leading eigenvectors of C, from image = C @ basis, as columns [out, rank]: Nyström's approximation of
    C, shifted so that it has a Cholesky factor (Tropp et al. 2017, arXiv:1706.05736, algorithm 3)."""
    image, basis = image.double(), basis.double()
    shift = torch.finfo(torch.float32).eps * torch.linalg.matrix_norm(image).clamp(min=1e-30)
    image = image + shift * basis
    core = basis.T @ image
    factor = torch.linalg.cholesky((core + core.T) / 2)
    root = torch.linalg.solve_triangular(factor, image.T, upper=False)  # [followed, out]; C ≈ rootᵀ root
    return torch.linalg.svd(root.T, full_matrices=False)[0][:, :rank].float()


@contextmanager
def listening(model: nn.Module, layers: Iterable[str], quantize: Quantize, rank: int, seed: int) -> Iterator[dict]:
    """Inside the block every linear of `layers` in `model`, whole as it is, tells its inputs; yields layer ->
    LostOutputs. Layers that `quantize` leaves as they are lose nothing, and are not there."""
    numbers = torch.Generator().manual_seed(seed)
    lost = {
        layer: LostOutputs(linear, quantize, rank, numbers)
        for layer in layers
        if isinstance(quantize(linear := model.get_submodule(layer)), FrozenLinear)
    }
    hooks = [model.get_submodule(layer).register_forward_pre_hook(_heard(one)) for layer, one in lost.items()]
    try:
        yield lost
    finally:
        for hook in hooks:
            hook.remove()


def _heard(lost: LostOutputs) -> Callable[[nn.Module, tuple], None]:
    def hear(_: nn.Module, given: tuple) -> None:
        with torch.no_grad():
            lost.hear(given[0].detach())

    return hear
