"""Load an expert a block at a time: memory holds the expert as it will be held, and a block as it lies on the disk."""

import torch
from diffusers import WanTransformer3DModel

from wannb.job.parts.expert_file import ExpertFile
from wannb.job.parts.parts import Place, Where, place
from wannb.wan import attention, feed_forward
from wannb.wan.adapters.key_names import diffusers_key
from wannb.wan.loading import random_model, random_weights, source
from wannb.wan.loading.stored import Stored
from wannb.wan.quantized import quantizing


def load_expert(
    where: Where,
    expert: str,
    dtype: torch.dtype,
    device: str | torch.device,
    scheme: str | None = None,
    work: str | torch.device | None = None,
) -> WanTransformer3DModel:
    """Load one expert ("high" | "low"), frozen, in `dtype` with fp32 kept where diffusers keeps it (formats.md 1.2).

    scheme: what its blocks are quantized to (`quantizing`), one after the other on the device `work`, before
    they go to `device`.
    """
    work = work or device
    lies = place(where, expert)
    model = random_weights.blank_expert(source.expert_config(where, expert), dtype)
    weights = random_weights if random_model.is_random(lies) else _stored(lies, expert)
    attention.install(model)
    feed_forward.install(model)
    weights.fill_around(model, work)
    for number, block in enumerate(model.blocks):
        weights.fill_block(model, number, work)
        if scheme:
            quantizing.quantize_block(block, scheme)
        block.to(device)
    return model.requires_grad_(False).eval().to(device)


def _stored(lies: Place, expert: str) -> Stored:
    if source.is_file(lies):
        keys = ExpertFile.read(lies).keys
        return Stored(str(lies), {diffusers_key(name): (lies, key) for name, key in keys.items()})
    part = source.EXPERT_FOLDERS[expert]
    return Stored.of_files(f"{part}/ of {lies}", source.weight_files(lies, part))
