"""`rows`' operator in Triton: one program a row, which is read once; and how any kernel here writes such rows."""

import torch
import triton
import triton.language as tl
from torch import Tensor

LARGEST = tl.constexpr(448.0)
SMALLEST_SCALE = tl.constexpr(1e-12)
WARPS = 4


def quantized(rows: Tensor, columns: Tensor | None) -> tuple[Tensor, Tensor]:
    """As `rows.quantized`."""
    rows = rows if rows.stride(1) == 1 else rows.contiguous()
    count, width = rows.shape
    out = torch.empty((count, width), dtype=torch.float8_e4m3fn, device=rows.device)
    scales = torch.empty((count, 1), dtype=torch.float32, device=rows.device)
    columns = None if columns is None else columns.contiguous()
    block = triton.next_power_of_2(width)
    _quantize[(count,)](rows, rows.stride(0), columns, out, scales, width, block, columns is not None, num_warps=WARPS)
    return out, scales


@triton.jit
def store_quantized(values, rows, column, inside, scale):
    """Write `values`, float32 and 0 outside, as e4m3 to the row at `rows` and their scale to `scale`."""
    scaled_to = tl.maximum(tl.max(tl.abs(values), 0) / LARGEST, SMALLEST_SCALE)
    small = tl.clamp(values / scaled_to, -LARGEST, LARGEST)
    tl.store(rows + column, small.to(tl.float8e4nv), mask=inside)
    tl.store(scale, scaled_to)


@triton.jit
def _quantize(rows, stride, columns, out, scales, width, BLOCK: tl.constexpr, SCALED: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    column = tl.arange(0, BLOCK)
    inside = column < width
    values = tl.load(rows + row * stride + column, mask=inside, other=0.0).to(tl.float32)
    if SCALED:
        values *= tl.load(columns + column, mask=inside, other=0.0)
    store_quantized(values, out + row * width, column, inside, scales + row)
