"""The two products of a LoRA layer one by one, for those who join them with their neighbours."""

import torch.nn.functional as F
from torch import Tensor, nn

from wannb.wan.adapters.lora_linear import LoraLinear


def adapter_of(layer: nn.Module) -> str | None:
    """The name of the one adapter that `layer` adds, without dropout; None where it is not such a layer."""
    if not isinstance(layer, LoraLinear) or layer.disable_adapters:
        return None
    names = [name for name in layer.active_adapters if name in layer.lora_A]
    if len(names) != 1:
        return None
    dropout = layer.lora_dropout[names[0]]
    drops = isinstance(dropout, nn.Dropout) and dropout.training and dropout.p > 0
    return None if drops else names[0]


def down(layer: LoraLinear, x: Tensor) -> Tensor:
    """A [rank, in] in the precision of x."""
    return layer.lora_A[adapter_of(layer)].weight.to(x.dtype)


def raising(layer: LoraLinear, lowered: Tensor) -> tuple[Tensor, Tensor]:
    """The factors of what the adapter adds to the layer's output, made of x Aᵀ [..., rank], which is the smaller to
    scale: `lowered` scaled and B [out, rank]."""
    name = adapter_of(layer)
    return lowered * layer.scaling[name], layer.lora_B[name].weight.to(lowered.dtype)


def raised(layer: LoraLinear, lowered: Tensor) -> Tensor:
    """Their product, [..., out]."""
    return F.linear(*raising(layer, lowered))
