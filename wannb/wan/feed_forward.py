"""A block's feed-forward with a LoRA beside 8-bit linears, as one function with its own gradient.

Between the two products stand a sum with what the LoRA adds, GELU and the rows for the next product; each way they are
one kernel (`kernels.gelu`). The LoRA of the second linear is lowered here too, so that GELU's output, the largest
tensor of a block beside its input, need not be kept: the way back makes it anew while it reads GELU's input anyway.
"""

import torch
from diffusers import WanTransformer3DModel
from diffusers.models.attention import FeedForward as DiffusersFeedForward
from torch import Tensor, nn

from wannb.wan.adapters.lora_parts import adapter_of, down, raised
from wannb.wan.kernels import gelu
from wannb.wan.kernels.chosen import uses
from wannb.wan.kernels.rows import quantized
from wannb.wan.quantized.float8 import Float8Linear, multiplied, multiplied_back


class FeedForward(DiffusersFeedForward):
    """diffusers' own, but through `_Product` where the kernel `feed_forward` is used and its linears allow it."""

    def forward(self, hidden_states: Tensor, *args: object, **kwargs: object) -> Tensor:
        """[B, T, dim] -> [B, T, dim]."""
        first, second = self.net[0].proj, self.net[2]
        if not uses("feed_forward", hidden_states) or not (_fits(first) and _fits(second)):
            return super().forward(hidden_states, *args, **kwargs)
        x = hidden_states.flatten(0, -2)
        added = raised(first, nn.functional.linear(x, down(first, x)))
        held = [part for layer in (first, second) for part in (*layer.base_layer.held, layer.base_layer.bias)]
        out, lowered = _Product.apply(x, added, down(second, x), *held)
        return (out + raised(second, lowered)).view_as(hidden_states)


def install(transformer: WanTransformer3DModel) -> None:
    """Have the blocks of an expert feed forward in this way."""
    for block in transformer.blocks:
        block.ffn.__class__ = FeedForward  # its linears and their names stay


def _fits(layer: nn.Module) -> bool:
    if adapter_of(layer) is None or not isinstance(layer.base_layer, Float8Linear):
        return False
    return layer.base_layer.on_tensor_cores and layer.base_layer.bias is not None


class _Product(torch.autograd.Function):
    """x [n, dim], added [n, ffn], lower [rank, ffn], codes, scales and bias of both linears -> out [n, dim] and what
    `lower` makes of GELU's output [n, rank]; gradients toward the first three."""

    @staticmethod
    def forward(ctx, x, added, lower, codes, scales, bias, codes2, scales2, bias2):
        rows, row_scales = quantized(x)
        base = multiplied(rows, codes.t(), row_scales, scales.t(), bias)
        summed, activated, rows, row_scales = gelu.gelu_quantized(base, added)
        ctx.save_for_backward(summed, lower, codes, scales, codes2, scales2)
        out = multiplied(rows, codes2.t(), row_scales, scales2.t(), bias2)
        return out, activated @ lower.t()

    @staticmethod
    def backward(ctx, gradient: Tensor, toward_lowered: Tensor):
        summed, lower, codes, scales, codes2, scales2 = ctx.saved_tensors
        base = multiplied_back(*quantized(gradient, scales2.t()), codes2)
        toward, activated, rows, row_scales = gelu.gelu_quantized_backward(
            base, toward_lowered @ lower, summed, scales.t()
        )
        toward_x = multiplied_back(rows, row_scales, codes)
        return toward_x, toward, toward_lowered.t() @ activated, None, None, None, None, None, None
