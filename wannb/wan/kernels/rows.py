"""Rows of numbers to 8-bit floats with one scale a row: the way into every 8-bit product.

Compiled, it is part of what makes the rows, where that is compiled too (`quantized`); rows that come from a kernel have
one here that reads them once (`quantized_alone`).
"""

import torch
from torch import Tensor

from wannb.wan.kernels import where

E4M3 = torch.float8_e4m3fn
LARGEST = torch.finfo(E4M3).max  # 448
SMALLEST_SCALE = 1e-12  # of a row of zeros: any scale is right


def quantized(rows: Tensor, columns: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Return `rows` [n, k], times `columns` [1, k] where given, as e4m3 and each row's scale, float32 [n, 1]: the
    largest entry of a row becomes the largest e4m3."""
    if columns is not None:
        rows = rows * columns
    amax = rows.abs().amax(dim=1, keepdim=True).float()
    scale = (amax / LARGEST).clamp(min=SMALLEST_SCALE)
    return (rows.float() / scale).clamp(-LARGEST, LARGEST).to(E4M3), scale


@torch.library.custom_op("wannb::quantized_alone", mutates_args=(), device_types="cpu")
def quantized_alone(rows: Tensor, columns: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """`quantized` as one operator, without a gradient."""
    return quantized(rows, columns)


@quantized_alone.register_kernel("cuda")
def _(rows: Tensor, columns: Tensor | None = None) -> tuple[Tensor, Tensor]:
    if not where.on(rows.device):
        return quantized(rows, columns)
    from wannb.wan.kernels import triton_rows

    with torch.cuda.device(rows.device):
        return triton_rows.quantized(rows, columns)


@quantized_alone.register_fake
def _(rows: Tensor, columns: Tensor | None = None) -> tuple[Tensor, Tensor]:
    return rows.new_empty(rows.shape, dtype=E4M3), rows.new_empty((rows.shape[0], 1), dtype=torch.float32)
