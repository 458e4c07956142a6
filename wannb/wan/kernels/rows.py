"""Rows of numbers to 8-bit floats with one scale a row: the way into every 8-bit product.

It has no kernel: compiled, it is part of what makes the rows, and a kernel of its own gained nothing on an H200.
"""

import torch
from torch import Tensor

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
