"""Models of Wan 2.2 14B's shapes with random weights, made where they are wanted: nothing is downloaded.

What a step, a preview or a save costs in time and memory does not depend on what the weights are; what such a model
learns means nothing.
"""

from typing import Any

import torch
from diffusers import AutoencoderKLWan, WanTransformer3DModel
from torch import nn

SEED = 0
SPREAD = 0.02
"""Standard deviation of a weight: activations stay of order one through forty blocks."""


def blank_expert(config: dict[str, Any], dtype: torch.dtype) -> WanTransformer3DModel:
    """The expert that `config` (its config.json) describes, without memory (on the meta device), in the precisions of
    a loaded one: `dtype`, and fp32 where diffusers keeps it (formats.md 1.2)."""
    settings = {name: value for name, value in config.items() if not name.startswith("_")}
    with torch.device("meta"):
        model = WanTransformer3DModel(**settings)
    kept = set(model._keep_in_fp32_modules)
    for name, parameter in model.named_parameters():
        parameter.data = parameter.data.to(torch.float32 if kept & set(name.split(".")) else dtype)
    shape = model.config
    model.rope = type(model.rope)(shape.attention_head_dim, shape.patch_size, shape.rope_max_seq_len)
    return model


def fill_around(model: WanTransformer3DModel, device: str | torch.device) -> None:
    """`fill` what an expert has beside its blocks."""
    for part in (model.patch_embedding, model.condition_embedder, model.norm_out, model.proj_out):
        fill(part, device)
    shape = model.scale_shift_table.shape
    model.scale_shift_table = nn.Parameter(torch.zeros(shape, device=device), requires_grad=False)


def fill_block(model: WanTransformer3DModel, number: int, device: str | torch.device) -> None:
    """`fill` one of its blocks, each with other numbers."""
    fill(model.blocks[number], device, SEED + number)


def vae(device: str | torch.device) -> AutoencoderKLWan:
    """Wan's VAE, fp32."""
    with torch.device("meta"):
        model = AutoencoderKLWan()
    return fill(model, device)


def fill(module: nn.Module, device: str | torch.device, seed: int = SEED) -> nn.Module:
    """Give a module from the meta device memory on `device` and random numbers: weights of spread SPREAD, norms 1,
    biases 0; the same on every call."""
    module.to_empty(device=device)
    generator = torch.Generator(device=device).manual_seed(seed)
    for name, parameter in module.named_parameters():
        if parameter.dim() > 1:
            parameter.data.normal_(0, SPREAD, generator=generator)
        else:
            parameter.data.fill_(1.0 if "norm" in name and name.endswith("weight") else 0.0)
    return module.requires_grad_(False)
