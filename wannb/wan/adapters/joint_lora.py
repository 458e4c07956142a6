"""LoRA layers before attention's kernels, several that share their input among them: query, key and value."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from wannb.wan.adapters.lora_parts import adapter_of, down, raising
from wannb.wan.kernels import low_rank


def one_by_one(layers: Sequence[nn.Module], x: Tensor) -> list[Tensor]:
    """Return what each of `layers` makes of x, [..., in] -> [..., out] each."""
    return [layer(x) for layer in layers]


def joined(layers: Sequence[nn.Module], x: Tensor) -> list[Tensor]:
    """The same, where the layers have LoRAs with one product with all their A, and so one of each of its gradients;
    what each LoRA adds is summed by a kernel."""
    if None in map(adapter_of, layers):
        return one_by_one(layers, x)
    rows, downs = x.flatten(0, -2), [down(layer, x) for layer in layers]
    if not low_rank.fits(max(map(len, downs))):
        return one_by_one(layers, x)
    parts = F.linear(rows, torch.cat(downs)).split([len(one) for one in downs], dim=-1)
    outs = [
        low_rank.add_low_rank(layer.base_layer(rows), *raising(layer, part))
        for layer, part in zip(layers, parts, strict=True)
    ]
    return [out.unflatten(0, x.shape[:-1]) for out in outs]
