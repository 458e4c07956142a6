"""A block's feed-forward with a LoRA beside 8-bit linears, as one function with its own gradient.

Between the two products stand a sum with what the LoRA adds, GELU and the rows for the next product; each way they are
one kernel (`kernels.gelu`). The LoRA of the second linear is lowered here too, so that GELU's output, the largest
tensor of a block beside its input, need not be kept: the way back makes it anew while it reads GELU's input anyway.
"""

import inspect
from functools import cache

import torch
from diffusers import WanTransformer3DModel
from diffusers.models.attention import FeedForward as DiffusersFeedForward
from torch import Tensor, nn

from wannb.wan.adapters.lora_parts import adapter_of, down, raised
from wannb.wan.kernels import gelu, where
from wannb.wan.quantized import eight_bits
from wannb.wan.quantized.eight_bits import Codes, EightBitLinear, anew


class FeedForward(DiffusersFeedForward):
    """diffusers' own, but through one function of our own where there is one and its linears have LoRAs."""

    through: type[torch.autograd.Function] | None = None  # its `apply` alone torch 2.11 does not compile

    def forward(self, hidden_states: Tensor, *args: object, **kwargs: object) -> Tensor:
        """[B, T, dim] -> [B, T, dim]."""
        first, second = self.net[0].proj, self.net[2]
        if self.through is None or None in (adapter_of(first), adapter_of(second)):
            return super().forward(hidden_states, *args, **kwargs)
        x = hidden_states.flatten(0, -2)
        added = raised(first, nn.functional.linear(x, down(first, x)))
        one, two = first.base_layer, second.base_layer
        out, lowered = self.through.apply(x, added, down(second, x), one.bias, two.bias, *one.held, *two.held)
        return (out + raised(second, lowered)).view_as(hidden_states)


def install(transformer: WanTransformer3DModel) -> None:
    """Have the blocks of an expert feed forward in this way, where kernels run and their linears allow it."""
    for block in transformer.blocks:
        block.ffn.__class__ = FeedForward  # its linears and their names stay
    transformer.register_forward_pre_hook(_settle, with_kwargs=True)


def _settle(transformer: WanTransformer3DModel, given: tuple, named: dict) -> None:
    latents = named.get("hidden_states", *given[:1])  # the weights may wait on another device
    for block in transformer.blocks:
        block.ffn.through = _way_of(block.ffn) if where.on(latents.device) else None


def _way_of(ffn: FeedForward) -> type[torch.autograd.Function] | None:
    linears = [getattr(layer, "base_layer", layer) for layer in (ffn.net[0].proj, ffn.net[2])]
    if all(isinstance(one, EightBitLinear) and one.on_tensor_cores and one.bias is not None for one in linears):
        return _product_of(*(one.codes_of for one in linears))
    return None


@cache
def _product_of(first: Codes, second: Codes) -> type[torch.autograd.Function]:
    """(x [n, dim], added [n, ffn], lower [rank, ffn], both linears' biases and what they hold) -> out [n, dim] and what
    `lower` makes of GELU's output [n, rank]; gradients toward the first three. first, second: of the linears."""
    held = len(inspect.signature(first).parameters)

    class Product(torch.autograd.Function):
        @staticmethod
        def forward(ctx, *given: Tensor):
            x, added, lower, bias, bias2, *weights = given
            codes, scales = first(*weights[:held])
            summed, activated, rows, row_scales = gelu.gelu_quantized(eight_bits.product(x, codes, scales, bias), added)
            codes2, scales2 = second(*weights[held:])
            ctx.save_for_backward(summed, lower, *weights)
            out = eight_bits.multiplied(rows, codes2.t(), row_scales, scales2.t(), bias2)
            return out, activated @ lower.t()

        @staticmethod
        def backward(ctx, gradient: Tensor, toward_lowered: Tensor):
            summed, lower, *weights = ctx.saved_tensors
            base = eight_bits.product_back(gradient, *anew(second, tuple(weights[held:]), gradient))
            codes, scales = anew(first, tuple(weights[:held]), gradient)
            toward, activated, rows, row_scales = gelu.gelu_quantized_backward(
                base, toward_lowered @ lower, summed, scales.t()
            )
            toward_x = eight_bits.multiplied_back(rows, row_scales, codes)
            return toward_x, toward, toward_lowered.t() @ activated, *(None for _ in range(2 + len(weights)))

    return Product
