"""‖W‖ and ‖ΔW‖ by block: how far a LoRA moves each block of an expert, against what it moves.

Frobenius norms over a block's layers that have an adapter, of W and of ΔW alike, so that their ratio compares like with
like. ΔW is not formed.
"""

import re
from collections.abc import Mapping
from pathlib import Path

import torch
from diffusers import WanTransformer3DModel
from torch import Tensor, nn

from wannb.wan.adapters import lora, lora_file, low_rank
from wannb.wan.quantized.frozen_linear import FrozenLinear
from wannb.wan.streaming.residency import visited

BLOCK = re.compile(r"blocks\.(\d+)\.")


@torch.no_grad()
def of_weights(transformer: WanTransformer3DModel) -> dict[str, float]:
    """‖W‖ of each block, by its number; read where the weights lie. Of a quantized one there is a copy at a time."""
    linears, squares = lora.frozen(transformer), {}
    for number, _ in enumerate(visited(transformer.blocks)):
        own = {name: linear for name, linear in linears.items() if int(BLOCK.match(name)[1]) == number}
        squares |= {name: _squared_weight(linear) for name, linear in own.items()}
    return _by_block(squares)


def _squared_weight(linear: nn.Module) -> Tensor:
    return squared_norm(linear.dequantized() if isinstance(linear, FrozenLinear) else linear.weight)


def squared_norm(weight: Tensor) -> Tensor:
    """‖W‖², 0-dim fp32, of a matrix of any precision: row by row, since one fp32 sum over 70 million squares is 1 %
    off on a CPU."""
    return torch.linalg.vector_norm(weight, dim=-1, dtype=torch.float32).square().sum()


def of_adapter(transformer: WanTransformer3DModel) -> dict[str, float]:
    """‖ΔW‖ of each block at strength 1."""
    return _by_block(lora.squared_norms(transformer))


def of_file(path: str | Path) -> dict[str, float]:
    """‖ΔW‖ of each block as a LoRA or LoKr file of ours has it; raises Refusal where it cannot be read."""
    layers: dict[str, dict[str, Tensor]] = {}
    for name, tensor in lora_file.read(path)[0].items():
        layer, part = lora_file.KEY.fullmatch(name).groups()
        layers.setdefault(layer, {})[part] = tensor
    return _by_block({layer: _squared(parts) for layer, parts in layers.items()})


def _squared(parts: dict[str, Tensor]) -> Tensor:
    if "lora_B.weight" in parts:
        return low_rank.squared_norm_of_product(parts["lora_B.weight"], parts["lora_A.weight"])
    second = (
        parts["lokr_w2"].square().sum()
        if "lokr_w2" in parts
        else low_rank.squared_norm_of_product(parts["lokr_w2_a"], parts["lokr_w2_b"])
    )
    return parts["lokr_w1"].square().sum() * second


def _by_block(squares: Mapping[str, Tensor]) -> dict[str, float]:
    """Squared norms by layer -> norms by block, ascending; the device is waited for once."""
    if not squares:
        return {}
    values = torch.stack([square.float() for square in squares.values()]).tolist()
    sums: dict[int, float] = {}
    for name, value in zip(squares, values, strict=True):
        number = int(BLOCK.match(name)[1])
        sums[number] = sums.get(number, 0.0) + value
    return {str(number): sums[number] ** 0.5 for number in sorted(sums)}
