"""Frozen linears in 8-bit floats that multiply on the tensor cores, forward and toward the input.

The weight is e4m3 with one scale an output row; activations and gradients get one scale a token on the way in, so that
both GEMMs are `torch._scaled_mm` with row-wise scales (Micikevicius et al. 2022, arXiv:2209.05433). Nothing is
dequantized, but where a device has no such GEMM: there each weight is, for the time of its product.
"""

import torch
from torch import Tensor, nn

from wannb.wan.kernels.rows import quantized
from wannb.wan.quantized.frozen_linear import FrozenLinear, product_of

FIRST = (8, 9)  # compute capability


def dequantized(codes: Tensor, scales: Tensor) -> Tensor:
    """codes: e4m3 [out, in]; scales: float32 [out, 1] -> float32 [out, in]."""
    return codes.float() * scales


class Float8Linear(FrozenLinear):
    """8 bits a weight and a scale a row.

    on_tensor_cores: whether its products are 8-bit ones; its activations must then be bfloat16.
    """

    weight_of = staticmethod(dequantized)
    product = staticmethod(product_of(dequantized))

    def __init__(self, codes: Tensor, scales: Tensor, bias: Tensor | None, on_tensor_cores: bool):
        super().__init__(*codes.shape, bias, {"codes": codes, "scales": scales})
        self.on_tensor_cores = on_tensor_cores

    @classmethod
    def of(cls, linear: nn.Linear) -> "Float8Linear":
        """Quantize `linear`'s weight where it lies."""
        codes, scales = quantized(linear.weight.detach())
        fast = linear.weight.dtype == torch.bfloat16 and multiplies(linear.weight.device)
        return cls(codes, scales, linear.bias, fast)

    def forward(self, x: Tensor) -> Tensor:
        """x: [..., in] -> [..., out] in the precision of x."""
        if self.on_tensor_cores:
            return _Product.apply(x, self.codes, self.scales, self.bias)
        return super().forward(x)


def multiplies(device: torch.device) -> bool:
    """Whether `device` has 8-bit products: cards from the RTX 40 and the H100 on (`torch._scaled_mm`'s own rule)."""
    return device.type == "cuda" and torch.cuda.get_device_capability(device) >= FIRST


def transposed(weight: Tensor) -> Tensor:
    """Return `weight` [n, k] as a contiguous [k, n]."""
    return weight.view(torch.int8).t().contiguous().view(weight.dtype)  # eight bits have no transposing kernel


class _Product(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x: Tensor, weight: Tensor, scale: Tensor, bias: Tensor | None) -> Tensor:
        ctx.save_for_backward(weight, scale)
        rows, row_scales = quantized(x.reshape(-1, x.shape[-1]))
        return multiplied(rows, weight.t(), row_scales, scale.t(), bias).reshape(*x.shape[:-1], -1)

    @staticmethod
    def backward(ctx, gradient: Tensor):
        weight, scale = ctx.saved_tensors
        # dx = g W = (g * scale) weight: the weight's own scales belong to the summed dimension
        out = multiplied_back(*quantized(gradient.reshape(-1, gradient.shape[-1]), scale.t()), weight)
        return out.reshape(*gradient.shape[:-1], -1), None, None, None


def multiplied_back(rows: Tensor, row_scales: Tensor, codes: Tensor) -> Tensor:
    """rows: e4m3 [n, out] times float32 [n, 1], codes: e4m3 [out, in], their scales already in `rows` -> bfloat16
    [n, in]."""
    ones = torch.ones(1, codes.shape[1], dtype=torch.float32, device=codes.device)
    # transposed anew each time, 1 % of the step, and not kept: as much memory again as the weights
    return multiplied(rows, transposed(codes).t(), row_scales, ones, None)


def multiplied(left: Tensor, right: Tensor, left_scale: Tensor, right_scale: Tensor, bias: Tensor | None) -> Tensor:
    """left: e4m3 [n, k] by rows, right: e4m3 [k, m] by columns -> bfloat16 [n, m].

    Sums are kept in the tensor cores' own registers: 12 % faster, and their rounding is below that of 8 bits.
    """
    return torch._scaled_mm(
        left, right, scale_a=left_scale, scale_b=right_scale, bias=bias, out_dtype=torch.bfloat16, use_fast_accum=True
    )
