"""`qfloat8`, `qint8`, `qint4`: quantized by optimum-quanto, held and multiplied by linears of our own.

The library's tensors do not compile (gpu-measurements.md), and on a GPU they choose kernels that are built at first use
and lose the bias. Scales, group sizes and codes are the library's to the last bit; the products dequantize.
"""

import torch
from torch import Tensor, nn

from wannb.wan.quantized.frozen_linear import FrozenLinear, product_of


def dequantized_bytes(codes: Tensor, scales: Tensor) -> Tensor:
    """codes: float8_e4m3fn or int8 [out, in]; scales: [out, 1] -> [out, in] in the precision of `scales`."""
    return codes.to(scales.dtype) * scales


def dequantized_bits(codes: Tensor, shifts: Tensor, scales: Tensor) -> Tensor:
    """codes: uint8 [⌈out * groups / 2⌉, group], the first half of all groups in the lower four bits, the others in the
    upper; shifts, scales: [out, groups] -> code * scale - shift, [out, in]."""
    numbers = torch.cat((codes & 15, codes >> 4))[: scales.numel()].view(*scales.shape, -1)
    return (numbers.to(scales.dtype) * scales[..., None] - shifts[..., None]).flatten(1)


class QuantoBytesLinear(FrozenLinear):
    """8 bits a weight and a scale a row."""

    weight_of = staticmethod(dequantized_bytes)
    product = staticmethod(product_of(dequantized_bytes))


class QuantoBitsLinear(FrozenLinear):
    """4 bits a weight, and a scale and a shift for every 128 of a row; for fewer where 128 does not divide it."""

    weight_of = staticmethod(dequantized_bits)
    product = staticmethod(product_of(dequantized_bits))


def of(linear: nn.Linear, name: str) -> FrozenLinear:
    """Have the library quantize `linear`'s weight, where it lies, to its type `name`."""
    from optimum.quanto import QLinear, qtypes, quantize_weight  # half a second, for those who ask for it

    weight, kind, shape = linear.weight.detach(), qtypes[name], (linear.out_features, linear.in_features)
    own = QLinear(*reversed(shape), bias=False, device="meta", weights=kind)  # knows how the library would do it
    if kind.bits == 8:
        scales = _nonzero(own.optimizer(weight, qtype=kind, axis=0))
        found = quantize_weight(weight, qtype=kind, axis=0, scale=scales, optimized=False)
        return QuantoBytesLinear(*shape, linear.bias, {"codes": found._data, "scales": found._scale})
    size = own.weight_group_size
    scales, shifts = own.optimizer(weight, qtype=kind, axis=0, group_size=size)
    found = quantize_weight(
        weight, qtype=kind, axis=0, scale=_nonzero(scales), shift=shifts, group_size=size, optimized=False
    )
    by_row = {"shifts": found._shift.view(len(weight), -1), "scales": found._scale.view(len(weight), -1)}
    return QuantoBitsLinear(*shape, linear.bias, {"codes": found._data._data, **by_row})


def _nonzero(scales: Tensor) -> Tensor:
    """Where a row or group has one value throughout, any scale is right but the zero that the library divides by."""
    return torch.where(scales == 0, torch.ones_like(scales), scales)
