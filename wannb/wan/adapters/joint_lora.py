"""Several LoRA layers that share their input, as attention's query, key and value do."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from wannb.wan.adapters.lora_parts import adapter_of, down, raised
from wannb.wan.kernels.chosen import uses


def outputs(layers: Sequence[nn.Module], x: Tensor) -> list[Tensor]:
    """Return what each of `layers` makes of x, [..., in] -> [..., out] each.

    With the kernel `lora` their products with A are one, and so are the two of its gradient.
    """
    if not uses("lora", x) or None in map(adapter_of, layers):
        return [layer(x) for layer in layers]
    downs = [down(layer, x) for layer in layers]
    parts = F.linear(x, torch.cat(downs)).split([len(one) for one in downs], dim=-1)
    return [layer.base_layer(x) + raised(layer, part) for layer, part in zip(layers, parts, strict=True)]
