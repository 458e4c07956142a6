"""Both products of a frozen linear in 8-bit floats on the tensor cores, whatever its weight is held in.

The weight comes as e4m3 with one scale an output row; activations and gradients get one scale a token on the way in, so
that both GEMMs are `torch._scaled_mm` with row-wise scales (Micikevicius et al. 2022, arXiv:2209.05433).
"""

from collections.abc import Callable
from functools import cache
from typing import Self

import torch
from torch import Tensor

from wannb.wan.kernels.rows import quantized, quantized_alone
from wannb.wan.kernels.where import has_8_bit_floats
from wannb.wan.quantized.frozen_linear import FrozenLinear, again

Codes = Callable[..., tuple[Tensor, Tensor]]
"""(*held) -> the weight as e4m3 [out, in] and its scales, float32 [out, 1]."""
Rows = Callable[..., tuple[Tensor, Tensor]]
"""`kernels.rows.quantized`, or another that gives the same."""


class EightBitLinear(FrozenLinear):
    """on_tensor_cores: whether its products are 8-bit ones; its activations must then be bfloat16.

    A kind has besides what `FrozenLinear` asks for `codes_of`, a `Codes`, and `in_8_bits`, `product_of` it.
    """

    codes_of: Codes
    in_8_bits: type[torch.autograd.Function]  # its `apply` alone torch 2.11 does not compile
    on_tensor_cores = False

    def suited(self, weight: Tensor) -> Self:
        """Itself, on the tensor cores where those of the whole `weight`'s device multiply 8-bit floats."""
        self.on_tensor_cores = weight.dtype == torch.bfloat16 and has_8_bit_floats(weight.device)
        return self

    def forward(self, x: Tensor) -> Tensor:
        """x: [..., in] -> [..., out] in the precision of x."""
        if self.on_tensor_cores:
            return self.in_8_bits.apply(x, self.bias, *self.held)
        return super().forward(x)

    def before_attention(self) -> None:
        """Its gradient comes from a kernel, its input does not."""
        self.in_8_bits = product_of(self.codes_of, back=quantized_alone)

    def after_attention(self) -> None:
        """Its input comes from a kernel, its gradient does not."""
        self.in_8_bits = product_of(self.codes_of, there=quantized_alone)


def as_held(codes: Tensor, scales: Tensor) -> tuple[Tensor, Tensor]:
    """`Codes` of a weight that is held so."""
    return codes, scales


def anew(codes_of: Codes, held: tuple[Tensor, ...], gradient: Tensor) -> tuple[Tensor, Tensor]:
    """What `codes_of` makes of `held`, for the way back, which `gradient` goes."""
    kept = codes_of is as_held or not torch.compiler.is_compiling()
    return codes_of(*(held if kept else again(held, gradient)))


@cache
def product_of(codes_of: Codes, there: Rows = quantized, back: Rows = quantized) -> type[torch.autograd.Function]:
    """(x, bias, *held) -> x @ W.T + bias with W = `codes_of(*held)`, and a gradient toward x; there, back: what makes
    rows of x and of the gradient."""

    class Product(torch.autograd.Function):
        @staticmethod
        def forward(ctx, *given: Tensor | None) -> Tensor:
            x, bias, *held = given
            ctx.save_for_backward(*held)
            return product(x.reshape(-1, x.shape[-1]), *codes_of(*held), bias, there).reshape(*x.shape[:-1], -1)

        @staticmethod
        def backward(ctx, gradient: Tensor):
            held = ctx.saved_tensors
            out = product_back(gradient.reshape(-1, gradient.shape[-1]), *anew(codes_of, held, gradient), back)
            return out.reshape(*gradient.shape[:-1], -1), None, *(None for _ in held)

    return Product


def product(x: Tensor, codes: Tensor, scales: Tensor, bias: Tensor | None, rows_of: Rows = quantized) -> Tensor:
    """x: [n, in] -> bfloat16 [n, out]."""
    rows, row_scales = rows_of(x)
    return multiplied(rows, codes.t(), row_scales, scales.t(), bias)


def product_back(gradient: Tensor, codes: Tensor, scales: Tensor, rows_of: Rows = quantized) -> Tensor:
    """gradient: [n, out] -> bfloat16 [n, in]."""
    # dx = g W = (g * scales) codes: the weight's own scales belong to the summed dimension
    return multiplied_back(*rows_of(gradient, scales.t()), codes)


def multiplied_back(rows: Tensor, row_scales: Tensor, codes: Tensor) -> Tensor:
    """rows: e4m3 [n, out] times float32 [n, 1], codes: e4m3 [out, in], their scales already in `rows` -> bfloat16
    [n, in]."""
    ones = torch.ones(1, codes.shape[1], dtype=torch.float32, device=codes.device)
    # transposed anew each time, 1 % of the step, and not kept: as much memory again as the weights
    return multiplied(rows, transposed(codes).t(), row_scales, ones, None)


def transposed(weight: Tensor) -> Tensor:
    """Return `weight` [n, k] as a contiguous [k, n]."""
    return weight.view(torch.int8).t().contiguous().view(weight.dtype)  # eight bits have no transposing kernel


def multiplied(left: Tensor, right: Tensor, left_scale: Tensor, right_scale: Tensor, bias: Tensor | None) -> Tensor:
    """left: e4m3 [n, k] by rows, right: e4m3 [k, m] by columns -> bfloat16 [n, m].

    Sums are kept in the tensor cores' own registers: 12 % faster, and their rounding is below that of 8 bits.
    """
    return torch._scaled_mm(
        left, right, scale_a=left_scale, scale_b=right_scale, bias=bias, out_dtype=torch.bfloat16, use_fast_accum=True
    )
