"""PEFT's LoRA layer with its products in the activations' own precision.

PEFT multiplies in the precision of A and B, which are fp32 here: beside a bf16 expert that costs fp32 copies of every
layer's input and output, and a third of the step (README, *How fast*). Here A and B stay fp32 for the optimizer and are
rounded where they are used, as autocast does it.
"""

import torch.nn.functional as F
from peft.tuners.lora import Linear
from torch import Tensor

from wannb.refusal import Refusal
from wannb.wan.quantized.frozen_linear import FrozenLinear


class LoraLinear(Linear):
    """out = base(x) + scaling * dropout(x) A^T B^T, all in the precision of x."""

    def forward(self, x: Tensor, *args: object, **kwargs: object) -> Tensor:
        """x: [..., in] -> [..., out]."""
        out = self.base_layer(x, *args, **kwargs)
        if self.disable_adapters:
            return out
        for name in self.active_adapters:
            if name in self.lora_A:
                down, up = self.lora_A[name].weight.to(x.dtype), self.lora_B[name].weight.to(x.dtype)
                out = out + F.linear(F.linear(self.lora_dropout[name](x), down), up) * self.scaling[name]
        return out

    def merge(self, *args: object, **kwargs: object) -> None:
        """Into a plain linear as PEFT does it; raises Refusal over a quantized one, which cannot hold the sum."""
        if isinstance(self.get_base_layer(), FrozenLinear):
            raise Refusal("A LoRA cannot be merged into quantized weights: wannb export merges it into the base's own.")
        super().merge(*args, **kwargs)
