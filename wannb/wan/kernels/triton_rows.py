"""`rows.quantized` in Triton: one program a row, which is read once."""

import torch
import triton
import triton.language as tl
from torch import Tensor

LARGEST = tl.constexpr(448.0)
SMALLEST_SCALE = tl.constexpr(1e-12)


def quantized(rows: Tensor, columns: Tensor | None) -> tuple[Tensor, Tensor]:
    """rows: [n, k], columns: [1, k] or None -> e4m3 [n, k], float32 [n, 1]."""
    rows = rows if rows.stride(1) == 1 else rows.contiguous()
    count, width = rows.shape
    out = torch.empty((count, width), dtype=torch.float8_e4m3fn, device=rows.device)
    scales = torch.empty((count, 1), dtype=torch.float32, device=rows.device)
    block, warps = shape_of(width)
    columns = None if columns is None else columns.contiguous()
    _quantize[(count,)](rows, columns, out, scales, rows.stride(0), width, block, columns is not None, num_warps=warps)
    return out, scales


def shape_of(width: int) -> tuple[int, int]:
    """(numbers, warps) of a program that holds a row of `width` numbers: 32 numbers a thread."""
    block = triton.next_power_of_2(width)
    return block, min(16, max(1, block // 1024))


@triton.jit
def store_quantized(values, place, inside, out, scale):
    """Write `values`, float32 and 0 outside, as e4m3 to `out` and their scale to `scale`."""
    scaled_to = tl.maximum(tl.max(tl.abs(values), 0) / LARGEST, SMALLEST_SCALE)
    small = tl.clamp(values / scaled_to, -LARGEST, LARGEST)
    tl.store(out + place, small.to(tl.float8e4nv), mask=inside)
    tl.store(scale, scaled_to)


@triton.jit
def _quantize(rows, columns, out, scales, stride, width, BLOCK: tl.constexpr, SCALED: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    place = tl.arange(0, BLOCK)
    inside = place < width
    values = tl.load(rows + row * stride + place, mask=inside, other=0.0).to(tl.float32)
    if SCALED:
        values *= tl.load(columns + place, mask=inside, other=0.0)
    store_quantized(values, row * width + place, inside, out, scales + row)
