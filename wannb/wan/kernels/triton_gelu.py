"""`gelu`'s two operators in Triton: one program a row, every number of which is read once and written once."""

import torch
import triton
import triton.language as tl
from torch import Tensor

from wannb.wan.kernels.triton_rows import shape_of, store_quantized

WARPS = 32
"""Of one program: an H200 takes 19 % less time forward, 4 % less back, than with 16 at 13,824 numbers a row."""
SLOPE = tl.constexpr(2 * 0.7978845608028654)  # 2 √(2/π)
CUBIC = tl.constexpr(0.044715)


def forward(base: Tensor, added: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """As `gelu.plain`."""
    base, added = base.contiguous(), added.contiguous()
    count, width = base.shape
    summed, out, rows, scales = _outputs(base)
    block, _ = shape_of(width)
    _forward[(count,)](base, added, summed, out, rows, scales, width, block, num_warps=WARPS)
    return summed, out, rows, scales


def backward(base: Tensor, added: Tensor, summed: Tensor, columns: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """As `gelu.plain_backward`."""
    base, added, summed, columns = (one.contiguous() for one in (base, added, summed, columns))
    count, width = summed.shape
    gradient, out, rows, scales = _outputs(summed)
    block, _ = shape_of(width)
    _backward[(count,)](
        base, added, summed, columns, gradient, out, rows, scales, width, block, num_warps=WARPS
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
def _forward(base, added, summed, out, rows, scales, width, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    column = tl.arange(0, BLOCK)
    inside = column < width
    place = row * width + column
    x = tl.load(base + place, mask=inside, other=0.0).to(tl.float32)
    x += tl.load(added + place, mask=inside, other=0.0).to(tl.float32)
    rounded = x.to(summed.dtype.element_ty)
    tl.store(summed + place, rounded, mask=inside)
    x = rounded.to(tl.float32)
    s, _ = _sigmoid_part(x)
    y = (x * s).to(out.dtype.element_ty)
    tl.store(out + place, y, mask=inside)
    store_quantized(y.to(tl.float32), place, inside, rows, scales + row)


@triton.jit
def _backward(base, added, summed, columns, gradient, out, rows, scales, width, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    column = tl.arange(0, BLOCK)
    inside = column < width
    place = row * width + column
    x = tl.load(summed + place, mask=inside, other=0.0).to(tl.float32)
    s, slope = _sigmoid_part(x)
    tl.store(out + place, (x * s).to(out.dtype.element_ty), mask=inside)
    g = tl.load(base + place, mask=inside, other=0.0).to(tl.float32)
    g += tl.load(added + place, mask=inside, other=0.0).to(tl.float32)
    g = (g * (s + x * slope)).to(gradient.dtype.element_ty)
    tl.store(gradient + place, g, mask=inside)
    scaled = g.to(tl.float32) * tl.load(columns + column, mask=inside, other=0.0)
    store_quantized(scaled, place, inside, rows, scales + row)
