"""Rows of numbers to 8-bit floats with one scale a row: the way into every 8-bit product."""

import torch
from torch import Tensor

from wannb.wan.kernels.chosen import uses

E4M3 = torch.float8_e4m3fn
LARGEST = torch.finfo(E4M3).max  # 448
SMALLEST_SCALE = 1e-12  # of a row of zeros: any scale is right
WIDEST = 2**15
"""Numbers of a row that one program of the kernel holds at once."""


def quantized(rows: Tensor, columns: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Return `rows` [n, k], times `columns` [1, k] where given, as e4m3 and each row's scale, float32 [n, 1]: the
    largest entry of a row becomes the largest e4m3."""
    if uses("rows", rows) and rows.shape[1] <= WIDEST:
        return quantized_rows(rows, columns)
    return plain(rows, columns)


def plain(rows: Tensor, columns: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """The same in torch's own operators."""
    if columns is not None:
        rows = rows * columns
    amax = rows.abs().amax(dim=1, keepdim=True).float()
    scale = (amax / LARGEST).clamp(min=SMALLEST_SCALE)
    return (rows.float() / scale).clamp(-LARGEST, LARGEST).to(E4M3), scale


@torch.library.custom_op("wannb::quantized_rows", mutates_args=(), device_types="cpu")
def quantized_rows(rows: Tensor, columns: Tensor | None) -> tuple[Tensor, Tensor]:
    """`quantized` as one operator."""
    return plain(rows, columns)


@quantized_rows.register_kernel("cuda")
def _(rows: Tensor, columns: Tensor | None) -> tuple[Tensor, Tensor]:
    from wannb.wan.kernels import triton_rows

    with torch.cuda.device(rows.device):
        return triton_rows.quantized(rows, columns)


@quantized_rows.register_fake
def _(rows: Tensor, columns: Tensor | None) -> tuple[Tensor, Tensor]:
    return torch.empty_like(rows, dtype=E4M3), rows.new_empty((rows.shape[0], 1), dtype=torch.float32)
