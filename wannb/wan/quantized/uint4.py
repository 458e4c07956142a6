"""`uint4`: 4 bits with a scale and a zero point for every 64 weights of a row, as AI Toolkit and torchao 0.10 have it.

Codes are 0 … 15. A group's range is extended to hold zero, which is then exact: adapters that recover accuracy were
made for exactly these weights, so every operation is done in the weight's own precision (ai-toolkit.md 2.13).
"""

import torch
from torch import Tensor, nn

from wannb.wan.kernels import rows as rows_of
from wannb.wan.quantized import eight_bits, frozen_linear

GROUP = 64
LARGEST = 15
SMALLEST_SCALE = torch.finfo(torch.float32).eps


def quantized(weight: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """weight: [out, in] -> codes: uint8 [out, in], zeros: uint8 [out, in / 64], scales: [out, in / 64]."""
    groups = weight.unflatten(1, (-1, GROUP))
    lowest, highest = groups.amin(dim=2).clamp(max=0), groups.amax(dim=2).clamp(min=0)
    scales = ((highest - lowest) / LARGEST).clamp(min=SMALLEST_SCALE)
    zeros = (0 - (lowest / scales).round()).clamp(0, LARGEST).to(torch.uint8)
    codes = (groups * (1.0 / scales)[..., None]).round() + zeros[..., None]
    return codes.clamp(0, LARGEST).flatten(1).to(torch.uint8), zeros, scales


def dequantized(codes: Tensor, zeros: Tensor, scales: Tensor) -> Tensor:
    """(code - zero) * scale: [out, in] in the precision of `scales`."""
    steps = codes.unflatten(1, (-1, GROUP)).to(scales.dtype) - zeros.to(scales.dtype)[..., None]  # small, so exact
    return (steps * scales[..., None]).flatten(1)


def packed(codes: Tensor) -> Tensor:
    """Two neighbours of a row to one byte: [out, in] -> [out, in / 2]."""
    return codes[:, 0::2] | codes[:, 1::2] << 4


def unpacked(pairs: Tensor) -> Tensor:
    """[out, in / 2] -> [out, in]."""
    return torch.stack((pairs & LARGEST, pairs >> 4), dim=-1).flatten(1)


def dequantized_pairs(pairs: Tensor, zeros: Tensor, scales: Tensor) -> Tensor:
    """The same of packed codes."""
    return dequantized(unpacked(pairs), zeros, scales)


def codes(pairs: Tensor, zeros: Tensor, scales: Tensor) -> tuple[Tensor, Tensor]:
    """The same rounded to e4m3 [out, in] with one scale a row, float32 [out, 1]: `eight_bits.Codes`."""
    furthest = torch.maximum(zeros, LARGEST - zeros)  # every group has a weight at its end, zero or the other
    rows = ((furthest * scales).float().amax(dim=1, keepdim=True) / rows_of.LARGEST).clamp(min=rows_of.SMALLEST_SCALE)
    return (dequantized_pairs(pairs, zeros, scales).float() / rows).to(rows_of.E4M3), rows


class Uint4Linear(eight_bits.EightBitLinear):
    """pairs: uint8 [out, in / 2], a byte for two neighbours, the first in its lower four bits; zeros: uint8
    [out, in / 64]; scales: [out, in / 64] in the precision of the weight that was quantized."""

    weight_of = staticmethod(dequantized_pairs)
    product = staticmethod(frozen_linear.product_of(dequantized_pairs))
    codes_of = staticmethod(codes)
    in_8_bits = eight_bits.product_of(codes)

    @classmethod
    def of(cls, linear: nn.Linear) -> nn.Linear:
        """Quantize `linear`'s weight where it lies; one whose width is no multiple of 64 stays as it is."""
        if linear.in_features % GROUP:
            return linear
        sixteen, zeros, scales = quantized(linear.weight.detach())
        held = {"pairs": packed(sixteen), "zeros": zeros, "scales": scales}
        return cls(*sixteen.shape, linear.bias, held).suited(linear.weight)
