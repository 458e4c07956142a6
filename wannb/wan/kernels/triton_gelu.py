"""`gelu`'s two operators in Triton: one program a row, every number of which is read once and written once."""

import torch
import triton
import triton.language as tl
from torch import Tensor

from wannb.wan.kernels.triton_rows import store_quantized

SLOPE = tl.constexpr(2 * 0.7978845608028654)  # 2 √(2/π)
CUBIC = tl.constexpr(0.044715)
FORWARD = {"num_warps": 16}
BACKWARD = {"num_warps": 16}


def forward(base: Tensor, added: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """As `gelu.plain`."""
    base, added = base.contiguous(), added.contiguous()
    count, width = base.shape
    summed, out, rows, scales = _outputs(base)
    block = triton.next_power_of_2(width)
    _gelu_forward[(count,)](base, added, summed, out, rows, scales, width, block, **FORWARD)
    return summed, out, rows, scales


def backward(base: Tensor, added: Tensor, summed: Tensor, columns: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """As `gelu.plain_backward`."""
    base, added, summed, columns = (one.contiguous() for one in (base, added, summed, columns))
    count, width = summed.shape
    gradient, out, rows, scales = _outputs(summed)
    block = triton.next_power_of_2(width)
    _gelu_backward[(count,)](
        base, added, summed, columns, gradient, out, rows, scales, width, block, **BACKWARD
    )  # fmt: skip
    return gradient, out, rows, scales


def _outputs(like: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    eight = torch.empty(like.shape, dtype=torch.float8_e4m3fn, device=like.device)
    scales = torch.empty((like.shape[0], 1), dtype=torch.float32, device=like.device)
    return torch.empty_like(like), torch.empty_like(like), eight, scales


@triton.jit
def _sigmoid_part(x):
    """GELU(x) = x s(x): s, and its slope, by tanh u = 2 sigmoid(2 u) - 1."""
    s = tl.sigmoid(SLOPE * (x + CUBIC * x * x * x))
    return s, s * (1 - s) * SLOPE * (1 + 3 * CUBIC * x * x)


@triton.jit
def _gelu_forward(base, added, summed, out, rows, scales, width, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    start = row * width
    column = tl.arange(0, BLOCK)
    inside = column < width
    x = tl.load(base + start + column, mask=inside, other=0.0).to(tl.float32)
    x += tl.load(added + start + column, mask=inside, other=0.0).to(tl.float32)
    rounded = x.to(summed.dtype.element_ty)
    tl.store(summed + start + column, rounded, mask=inside)
    x = rounded.to(tl.float32)
    s, _ = _sigmoid_part(x)
    y = (x * s).to(out.dtype.element_ty)
    tl.store(out + start + column, y, mask=inside)
    store_quantized(y.to(tl.float32), rows + start, column, inside, scales + row)


@triton.jit
def _gelu_backward(base, added, summed, columns, gradient, out, rows, scales, width, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    start = row * width
    column = tl.arange(0, BLOCK)
    inside = column < width
    x = tl.load(summed + start + column, mask=inside, other=0.0).to(tl.float32)
    s, slope = _sigmoid_part(x)
    tl.store(out + start + column, (x * s).to(out.dtype.element_ty), mask=inside)
    g = tl.load(base + start + column, mask=inside, other=0.0).to(tl.float32)
    g += tl.load(added + start + column, mask=inside, other=0.0).to(tl.float32)
    g = (g * (s + x * slope)).to(gradient.dtype.element_ty)
    tl.store(gradient + start + column, g, mask=inside)
    scaled = g.to(tl.float32) * tl.load(columns + column, mask=inside, other=0.0)
    store_quantized(scaled, rows + start, column, inside, scales + row)
