"""Frozen linears in 8-bit floats, e4m3 with one scale an output row, which multiply as they are.

Nothing is dequantized, but where a device has no 8-bit products: there each weight is, for the time of its product.
"""

from torch import Tensor, nn

from wannb.wan.kernels.rows import quantized
from wannb.wan.quantized import eight_bits, frozen_linear


def dequantized(codes: Tensor, scales: Tensor) -> Tensor:
    """codes: e4m3 [out, in]; scales: float32 [out, 1] -> float32 [out, in]."""
    return codes.float() * scales


class Float8Linear(eight_bits.EightBitLinear):
    """codes: e4m3 [out, in]; scales: float32 [out, 1]."""

    weight_of = staticmethod(dequantized)
    product = staticmethod(frozen_linear.product_of(dequantized))
    codes_of = staticmethod(eight_bits.as_held)
    in_8_bits = eight_bits.product_of(eight_bits.as_held)

    @classmethod
    def of(cls, linear: nn.Linear) -> "Float8Linear":
        """Quantize `linear`'s weight where it lies."""
        codes, scales = quantized(linear.weight.detach())
        return cls(*codes.shape, linear.bias, {"codes": codes, "scales": scales}).suited(linear.weight)
