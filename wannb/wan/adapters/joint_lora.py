"""Several LoRA layers that share their input, as attention's query, key and value do."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from wannb.wan.adapters.lora_parts import adapter_of, down, raised


def one_by_one(layers: Sequence[nn.Module], x: Tensor) -> list[Tensor]:
    """Return what each of `layers` makes of x, [..., in] -> [..., out] each."""
    return [layer(x) for layer in layers]


def joined(layers: Sequence[nn.Module], x: Tensor) -> list[Tensor]:
    """The same, where the layers have LoRAs with one product with all their A, and so one of each of its gradients."""
    if None in map(adapter_of, layers):
        return one_by_one(layers, x)
    downs = [down(layer, x) for layer in layers]
    parts = F.linear(x, torch.cat(downs)).split([len(one) for one in downs], dim=-1)
    return [layer.base_layer(x) + raised(layer, part) for layer, part in zip(layers, parts, strict=True)]
