"""Wan's VAE as a single file under its original names, as ComfyUI has it: what it is, by its header alone."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from wannb.job.parts import part_file
from wannb.job.parts.expert_file import told
from wannb.job.parts.misfit import Misfit, another
from wannb.job.parts.part_file import PartFile, Shapes
from wannb.job.parts.tensor_file import TensorFile
from wannb.words import say

LATENT_CHANNELS = 16
TAKE = say("Take wan_2.1_vae.safetensors, or the VAE of a folder in diffusers' layout.")
LEAVES = {  # of a residual block: original → diffusers
    "residual.0": "norm1", "residual.2": "conv1", "residual.3": "norm2", "residual.6": "conv2",
    "shortcut": "conv_shortcut",
}  # fmt: skip
PREFIX = "model."  # in files for other nodes than ComfyUI's own
TOLD = ("latents_mean", "latents_std")
"""What no shape tells of a VAE that is not Wan's own."""
OUTSIDE = {"conv1": "quant_conv", "conv2": "post_quant_conv"}
ENDS = {"conv1": "conv_in", "head.0": "norm_out", "head.2": "conv_out"}
MIDDLE = {"0": "resnets.0", "1": "attentions.0", "2": "resnets.1"}


def read(path: Path) -> PartFile:
    """Read the header; `config` is what diffusers' `AutoencoderKLWan` takes. Raises Misfit where it is no VAE of Wan
    2.1, which Wan 2.2 14B shares."""
    return part_file.read(path, _keys, _config, say("no VAE of Wan"), TAKE)


def _keys(file: TensorFile) -> dict[str, str]:
    prefix = PREFIX if f"{PREFIX}encoder.conv1.weight" in file.tensors else ""
    first, last = (file.tensors[f"{prefix}{name}.weight"].shape for name in ("encoder.conv1", "conv2"))
    if len(first) != 5 or len(last) != 5:
        raise ValueError("a VAE of pictures")
    if last[0] != LATENT_CHANNELS:
        raise another_vae(file.path, last[0])
    names = {key.removeprefix(prefix): key for key in file.tensors}
    res_blocks = len(_levels(diffusers_name(name, 0) for name in names)[0])
    return {diffusers_name(name, res_blocks): key for name, key in names.items()}


def _config(file: TensorFile, shapes: Shapes) -> dict[str, Any]:
    levels, narrowest = _levels(shapes), shapes["encoder.conv_in.weight"][0]
    config = {
        "base_dim": narrowest,
        "z_dim": shapes["post_quant_conv.weight"][0],
        "dim_mult": [shapes[f"encoder.down_blocks.{one[0]}.conv2.weight"][0] // narrowest for one in levels],
        "num_res_blocks": len(levels[0]),
        "temperal_downsample": [f"encoder.down_blocks.{one[-1] + 1}.time_conv.weight" in shapes for one in levels[:-1]],
    }
    return config | {name: own for name, own in told(file, "vae").items() if name in TOLD}


def diffusers_name(name: str, res_blocks: int) -> str:
    """`decoder.upsamples.3.time_conv.weight` -> `decoder.up_blocks.0.upsamplers.0.time_conv.weight`.

    The decoder has `res_blocks` + 1 residual blocks on each level, and after them what makes the picture larger.
    """
    half, _, rest = name.partition(".")
    if half not in ("encoder", "decoder"):
        return f"{OUTSIDE.get(half, half)}.{rest}"
    if found := re.fullmatch(r"(conv1|head\.0|head\.2)\.(\w+)", rest):
        return f"{half}.{ENDS[found[1]]}.{found[2]}"
    if found := re.fullmatch(r"middle\.([012])\.(.+)", rest):
        return f"{half}.mid_block.{MIDDLE[found[1]]}.{_leaf(found[2])}"
    found = re.fullmatch(r"(downsamples|upsamples)\.(\d+)\.(.+)", rest)
    if not found:
        return name
    if found[1] == "downsamples":
        return f"{half}.down_blocks.{found[2]}.{_leaf(found[3])}"
    level, place = divmod(int(found[2]), res_blocks + 2)
    part = f"resnets.{place}" if place <= res_blocks else "upsamplers.0"
    return f"{half}.up_blocks.{level}.{part}.{_leaf(found[3])}"


def _leaf(name: str) -> str:
    """`residual.2.weight` -> `conv1.weight`; what is called alike stays."""
    stem, _, end = name.rpartition(".")
    return f"{LEAVES.get(stem, stem)}.{end}"


def _levels(names: Iterable[str]) -> list[list[int]]:
    """The numbers of the encoder's residual blocks, which have the same in diffusers' names whatever the decoder is, by
    level: what makes the picture smaller stands between."""
    found = {int(one[1]) for name in names if (one := re.match(r"encoder\.down_blocks\.(\d+)\.conv2\.", name))}
    levels: list[list[int]] = []
    for number in sorted(found):
        if levels and levels[-1][-1] == number - 1:
            levels[-1].append(number)
        else:
            levels.append([number])
    return levels


def another_vae(path: Path | str, channels: int) -> Misfit:
    """`channels`: of its latents."""
    what = say("a VAE with {channels} latent channels (TI2V 5B has 48), not 16", channels=channels)
    return another(path, what, TAKE)
