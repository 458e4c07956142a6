"""Whether a merged expert does what its base does with the live LoRA."""

from pathlib import Path
from typing import NamedTuple

import torch
from safetensors import safe_open

from wannb.wan.adapters import lora, lora_file
from wannb.wan.loading import weights
from wannb.wan.loading.source import EXPERT_FOLDERS

ROUNDING = {torch.float32: 1e-4, torch.bfloat16: 5e-2, torch.float16: 1e-2}
"""What forty blocks make of rounding each weight once more, as a share of the output's largest value."""
LARGE = 16e9  # bytes of an expert in fp32 above which it is checked in bf16, so that it takes half the memory


class Difference(NamedTuple):
    """Shares of the largest value in the output: merged against live, live against base, and what rounding may do."""

    largest: float
    effect: float
    allowed: float


@torch.no_grad()
def difference(base: Path, merged: Path, expert: str, lora_path: Path, strength: float) -> Difference:
    """Run `expert` of both folders on the same small latents, one after the other so that one is in memory."""
    dtype = _dtype(merged / EXPERT_FOLDERS[expert])
    live = weights.load_expert(base, expert, dtype, "cpu")
    lora_file.load(live, lora_path)
    lora.set_strength(live, strength)
    expected = _output(live)
    lora.set_strength(live, 0.0)
    plain = _output(live)
    del live
    found = _output(weights.load_expert(merged, expert, dtype, "cpu"))
    largest, effect = (((one - expected).abs().max() / expected.abs().max()).item() for one in (found, plain))
    return Difference(largest, effect, ROUNDING[dtype])


def _output(expert) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    noisy = torch.randn(1, expert.config.in_channels, 3, 4, 4, generator=generator)
    prompt = torch.randn(1, 512, expert.config.text_dim, generator=generator)
    at = torch.tensor([900.0])
    return expert(noisy.to(expert.dtype), at, prompt.to(expert.dtype), return_dict=False)[0].float()


def _dtype(folder: Path) -> torch.dtype:
    """The precision of a block's weights in `folder`, for the check."""
    large = sum(shard.stat().st_size for shard in folder.glob("*.safetensors")) > LARGE
    for shard in sorted(folder.glob("*.safetensors")):
        with safe_open(shard, "pt") as file:
            for name in file.keys():
                if name.startswith("blocks.") and name.endswith(".ffn.net.2.weight"):
                    found = file.get_tensor(name).dtype
                    return torch.bfloat16 if large and found == torch.float32 else found
    return torch.float32
