"""GELU between the two linears of a feed-forward: with the sum before it and the 8-bit rows after it, both ways.

GELU is the one with tanh (Hendrycks and Gimpel 2016, arXiv:1606.08415), as Wan has it.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from wannb.wan.kernels import rows

Forward = tuple[Tensor, Tensor, Tensor, Tensor]


def plain(base: Tensor, added: Tensor) -> Forward:
    """base, added: [n, k], summed before GELU -> the sum and its GELU [n, k], the latter as e4m3 and scales [n, 1]."""
    summed = base + added
    out = F.gelu(summed, approximate="tanh")
    return summed, out, *rows.quantized(out)


def plain_backward(base: Tensor, added: Tensor, summed: Tensor, columns: Tensor) -> Forward:
    """The way back. base, added: [n, k], the gradient toward GELU's output in two parts; summed: as `plain` gave it;
    columns: [1, k] -> the gradient toward `summed` and GELU's output once more [n, k], the gradient times `columns` as
    e4m3 and scales [n, 1]."""
    out = torch.ops.aten.gelu_backward(base + added, summed, approximate="tanh")
    return out, F.gelu(summed, approximate="tanh"), *rows.quantized(out, columns)


@torch.library.custom_op("wannb::gelu_quantized", mutates_args=(), device_types="cpu")
def gelu_quantized(base: Tensor, added: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """`plain` as one operator."""
    return plain(base, added)


@torch.library.custom_op("wannb::gelu_quantized_backward", mutates_args=(), device_types="cpu")
def gelu_quantized_backward(
    base: Tensor, added: Tensor, summed: Tensor, columns: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """`plain_backward` as one operator."""
    return plain_backward(base, added, summed, columns)


OPERATOR = torch.ops.wannb.gelu_quantized.default


@gelu_quantized.register_kernel("cuda")
def _(base: Tensor, added: Tensor) -> Forward:
    from wannb.wan.kernels import triton_gelu

    with torch.cuda.device(base.device):
        return triton_gelu.forward(base, added)


@gelu_quantized_backward.register_kernel("cuda")
def _(base: Tensor, added: Tensor, summed: Tensor, columns: Tensor) -> Forward:
    from wannb.wan.kernels import triton_gelu

    with torch.cuda.device(base.device):
        return triton_gelu.backward(base, added, summed, columns)


@gelu_quantized.register_fake
def _(base: Tensor, added: Tensor) -> Forward:
    return _empty(base)


@gelu_quantized_backward.register_fake
def _(base: Tensor, added: Tensor, summed: Tensor, columns: Tensor) -> Forward:
    return _empty(summed)


def _empty(like: Tensor) -> Forward:
    return (
        torch.empty_like(like, memory_format=torch.contiguous_format),
        torch.empty_like(like, memory_format=torch.contiguous_format),
        like.new_empty(like.shape, dtype=rows.E4M3),
        like.new_empty((like.shape[0], 1), dtype=torch.float32),
    )
