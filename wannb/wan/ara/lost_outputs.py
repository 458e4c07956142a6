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

from wannb.wan.adapters.lora_spellings import Pair
from wannb.wan.quantized.frozen_linear import FrozenLinear

BESIDE = 8
"""Directions that are followed beyond the rank: the last ones of those that are followed come out least exactly."""

Quantize = Callable[[nn.Linear], nn.Linear]


class LostOutputs:
    """Of one linear, over the inputs that it is given. A round of inputs ends with `turn`; the last one ends with the
    input that is heard after `closing`, for only then is the weight sure to be where it can be read (`residency`).

    pair: fp32 down [rank, in] and up [out, rank] on the CPU, both of a direction equally long; None before the end, and
    for a linear that `quantize` leaves as it is.
    """

    def __init__(self, linear: nn.Linear, quantize: Quantize, rank: int, numbers: torch.Generator):
        self._linear, self._quantize = linear, quantize
        self._rank = min(rank, linear.out_features, linear.in_features)
        followed = min(self._rank + BESIDE, linear.out_features)
        self._basis = _orthonormal(torch.randn(linear.out_features, followed, generator=numbers))  # [out, followed]
        self._sum = torch.zeros_like(self._basis)
        self.closing, self.pair = False, None

    def hear(self, x: Tensor) -> None:
        """Add what is lost of the outputs for x, [..., in]."""
        quantized = self._quantize(self._linear)
        if not isinstance(quantized, FrozenLinear):
            return
        lost = self._linear.weight.detach().float() - quantized.dequantized().float()
        self._basis, self._sum = self._basis.to(x.device), self._sum.to(x.device)
        outputs = F.linear(x.flatten(0, -2), lost.to(x.dtype)).float()
        self._sum += outputs.T @ (outputs @ self._basis)
        if self.closing:
            self.pair = _pair(_leading(self._basis.cpu(), self._sum.cpu(), self._rank), lost)

    def turn(self) -> None:
        """Follow from now on the directions that the last round has turned to."""
        self._basis = _orthonormal(self._sum.cpu())
        self._sum = torch.zeros_like(self._basis)


def _pair(up: Tensor, lost: Tensor) -> Pair:
    down = (up.to(lost.device).T @ lost).cpu()
    roots = torch.linalg.vector_norm(down, dim=1).sqrt().clamp(min=torch.finfo(torch.float32).tiny)
    return Pair(down / roots[:, None], up * roots)


def _orthonormal(columns: Tensor) -> Tensor:
    return torch.linalg.qr(columns)[0]


def _leading(basis: Tensor, image: Tensor, rank: int) -> Tensor:
    """The `rank` leading eigenvectors of C, from image = C @ basis, as columns [out, rank]: Nyström's approximation of
    C, shifted so that it has a Cholesky factor (Tropp et al. 2017, arXiv:1706.05736, algorithm 3)."""
    image, basis = image.double(), basis.double()
    image = image + torch.finfo(torch.float32).eps * torch.linalg.matrix_norm(image).clamp(min=1e-30) * basis
    core = basis.T @ image
    factor = torch.linalg.cholesky((core + core.T) / 2)
    root = torch.linalg.solve_triangular(factor, image.T, upper=False)  # [followed, out]; C is about rootᵀ root
    return torch.linalg.svd(root.T, full_matrices=False)[0][:, :rank].float()


@contextmanager
def listening(
    model: nn.Module, layers: Iterable[str], quantize: Quantize, rank: int, seed: int
) -> Iterator[dict[str, LostOutputs]]:
    """Inside the block every linear of `layers` in `model`, whole as it is, tells its inputs; yields LostOutputs by
    layer."""
    numbers = torch.Generator().manual_seed(seed)
    lost = {layer: LostOutputs(model.get_submodule(layer), quantize, rank, numbers) for layer in layers}
    hooks = [model.get_submodule(layer).register_forward_pre_hook(_telling(one)) for layer, one in lost.items()]
    try:
        yield lost
    finally:
        for hook in hooks:
            hook.remove()


def _telling(lost: LostOutputs) -> Callable[[nn.Module, tuple], None]:
    def tell(_: nn.Module, given: tuple) -> None:
        with torch.no_grad():
            lost.hear(given[0].detach())

    return tell
