"""ComfyUI's single files, made of a diffusers folder by tables of their own (formats.md 2.1 for the experts)."""

import json
import re
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

NAMES = {"high": "wan2.2_{task}_high_noise_14B_fp16", "low": "wan2.2_{task}_low_noise_14B_fp16"}
COMPONENTS = [  # whole dotted components, the longer first
    ("condition_embedder.text_embedder.linear_1", "text_embedding.0"),
    ("condition_embedder.text_embedder.linear_2", "text_embedding.2"),
    ("condition_embedder.time_embedder.linear_1", "time_embedding.0"),
    ("condition_embedder.time_embedder.linear_2", "time_embedding.2"),
    ("condition_embedder.time_proj", "time_projection.1"),
    ("ffn.net.0.proj", "ffn.0"),
    ("ffn.net.2", "ffn.2"),
    ("to_out.0", "o"),
    ("to_q", "q"),
    ("to_k", "k"),
    ("to_v", "v"),
    ("attn1", "self_attn"),
    ("attn2", "cross_attn"),
    ("norm2", "norm3"),
    ("proj_out", "head.head"),
]
VAE = [
    ("quant_conv", "conv1"),
    ("post_quant_conv", "conv2"),
    ("conv_in", "conv1"),
    ("norm_out", "head.0"),
    ("conv_out", "head.2"),
    ("mid_block.resnets.0", "middle.0"),
    ("mid_block.attentions.0", "middle.1"),
    ("mid_block.resnets.1", "middle.2"),
]
RESIDUAL = {"norm1": "residual.0", "conv1": "residual.2", "norm2": "residual.3", "conv2": "residual.6"}


def component(name: str, before: str, after: str) -> str:
    return re.sub(rf"(?<![^.]){re.escape(before)}(?![^.])", after, name)


def original(name: str) -> str:
    """Of an expert's tensor."""
    if name == "scale_shift_table":
        return "head.modulation"
    name = name.replace("scale_shift_table", "modulation")
    for before, after in COMPONENTS:
        name = component(name, before, after)
    return name


def original_vae(name: str, res_blocks: int) -> str:
    for block in ("resnets", "down_blocks"):
        if re.search(rf"{block}\.\d+\.(norm|conv)", name):
            for before, after in RESIDUAL.items():
                name = component(name, before, after)
            name = component(name, "conv_shortcut", "shortcut")
    if up := re.match(r"decoder\.up_blocks\.(\d+)\.(?:resnets\.(\d+)|upsamplers\.0)\.(.+)", name):
        place = int(up[1]) * (res_blocks + 2) + (int(up[2]) if up[2] else res_blocks + 1)
        return f"decoder.upsamples.{place}.{up[3]}"
    name = name.replace("encoder.down_blocks.", "encoder.downsamples.")
    for before, after in VAE:
        name = component(name, before, after)
    return name


def read(folder: Path) -> dict[str, torch.Tensor]:
    found = {}
    for path in sorted(folder.glob("*.safetensors")):
        found |= load_file(path)
    return found


def config(folder: Path) -> dict:
    return json.loads((folder / "config.json").read_text())


def write_expert(folder: Path, target: Path, prefix: str = "", dtype: torch.dtype | None = None) -> Path:
    """One file of the expert in `folder`, with what no shape tells of so small a model in its header."""
    own = config(folder)
    told = {"transformer": {key: own[key] for key in ("num_attention_heads", "rope_max_seq_len")}}
    state = {prefix + original(name): tensor for name, tensor in read(folder).items()}
    target.parent.mkdir(parents=True, exist_ok=True)
    state = {name: tensor.to(dtype) if dtype else tensor for name, tensor in state.items()}
    save_file(state, target, metadata={"format": "pt", "config": json.dumps(told)})
    return target


def write_vae(folder: Path, target: Path, prefix: str = "") -> Path:
    own = config(folder)
    told = {"vae": {key: own[key] for key in ("latents_mean", "latents_std")}}
    state = {prefix + original_vae(name, own["num_res_blocks"]): tensor for name, tensor in read(folder).items()}
    target.parent.mkdir(parents=True, exist_ok=True)
    save_file(state, target, metadata={"config": json.dumps(told)})
    return target


def write_text(folder: Path, target: Path, words: bytes | None = None) -> Path:
    """transformers' names are ComfyUI's; `words`: the SentencePiece model inside it."""
    state = {name: tensor for name, tensor in read(folder).items() if name != "encoder.embed_tokens.weight"}
    if words:
        state["spiece_model"] = torch.tensor(list(words), dtype=torch.uint8)
    target.parent.mkdir(parents=True, exist_ok=True)
    save_file(state, target)
    return target


def comfyui(model: Path, home: Path, task: str) -> Path:
    """ComfyUI's folder with the parts of the diffusers folder `model`, the tokenizer aside; returns it."""
    models = home / "models"
    for expert, part in (("high", "transformer"), ("low", "transformer_2")):
        name = NAMES[expert].format(task=task)
        write_expert(model / part, models / "diffusion_models" / f"{name}.safetensors")
    write_vae(model / "vae", models / "vae" / "wan_2.1_vae.safetensors")
    write_text(model / "text_encoder", models / "text_encoders" / "umt5_xxl_fp16.safetensors")
    return home
