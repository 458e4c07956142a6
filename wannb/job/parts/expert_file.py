"""An expert as a single file under Wan's original names, as ComfyUI has it: what it is, by its header alone."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from wannb.job import linears
from wannb.job.parts.misfit import Misfit, another
from wannb.job.parts.tensor_file import TensorFile
from wannb.words import say

PREFIXES = ("model.diffusion_model.", "diffusion_model.", "")
FLOATS = {"F32", "F16", "BF16"}
CHANNELS = {16: "t2v", 36: "i2v"}  # formats.md 1.1: 36 = 16 noisy + 4 mask + 16 condition
HEAD_DIM = 128  # of every Wan; a header does not tell it
TAKE_WHOLE = say("Take the fp16 or bf16 file (.safetensors) of it.")
OUTSIDE = (
    "patch_embedding", "text_embedding.0", "text_embedding.2", "time_embedding.0", "time_embedding.2",
    "time_projection.1", "head.head",
)  # fmt: skip
SCALES = ("scaled_fp8", ".scale_weight", ".weight_scale", ".scale_input", ".comfy_quant", ".qweight")
LORA = re.compile(r"\.lora_|lora_unet|\.lokr_|\.hada_|\.diff_b$")
OTHERS = {  # a tensor that only they have → who they are
    ".k_img.": say("a Wan 2.1 image-to-video model"),
    "img_emb.": say("a Wan 2.1 image-to-video model"),
    "vace_": say("a VACE model"),
    "pose_patch_embedding": say("Wan 2.2 Animate"),
    "face_adapter": say("Wan 2.2 Animate"),
    "casual_audio_encoder": say("Wan 2.2 S2V"),
    "control_adapter": say("a Fun-Control model"),
    "ref_conv": say("a Fun-Control model"),
}


@dataclass(frozen=True)
class ExpertFile:
    """`config`: as diffusers' config.json would have it; `keys`: original name → the tensor's name in the file."""

    file: TensorFile
    task: str
    config: dict[str, Any]
    keys: dict[str, str]

    @classmethod
    def read(cls, path: Path) -> "ExpertFile":
        """Read the header; raises Misfit where it is no unquantized expert of a Wan 2.2 14B, and says what it is."""
        return _of(TensorFile.read(path))


@lru_cache(maxsize=64)
def _of(file: TensorFile) -> ExpertFile:
    path, keys = file.path, _keys(file)
    _refuse_others(path, file, keys)
    shapes = {name: file.tensors[key].shape for name, key in keys.items()}
    blocks = {int(found[1]) for name in keys if (found := re.match(r"blocks\.(\d+)\.", name))}
    try:
        task = _task(path, shapes)
        _refuse_holes(path, set(keys), names(max(len(blocks), 1)))
        return ExpertFile(file, task, _config(path, file, shapes, len(blocks)), keys)
    except (ValueError, IndexError) as error:  # shapes that no expert has
        raise another(path, say("no Wan model")) from error


def names(layers: int) -> set[str]:
    """The original names of all weights of an expert (formats.md 2.1): 15 and 27 a block."""
    modules = [
        *linears.ORIGINAL.values(), "self_attn.norm_q", "self_attn.norm_k", "cross_attn.norm_q", "cross_attn.norm_k",
        "norm3",
    ]  # fmt: skip
    inside = [f"{one}.weight" for one in modules] + [f"{one}.bias" for one in modules if "norm_" not in one]
    found = {f"{one}.{end}" for one in OUTSIDE for end in ("weight", "bias")} | {"head.modulation"}
    return found | {f"blocks.{block}.{one}" for block in range(layers) for one in [*inside, "modulation"]}


def _keys(file: TensorFile) -> dict[str, str]:
    """Original name → name in the file; another model's parts beside the expert are left out."""
    for prefix in PREFIXES:
        if f"{prefix}patch_embedding.weight" in file.tensors:
            return {name.removeprefix(prefix): name for name in file.tensors if name.startswith(prefix)}
    return {name: name for name in file.tensors}


def refuse_quantized(file: TensorFile, weights: Iterable[str], take: str) -> None:
    """Raise Misfit where some of these `weights`, by their names in the file, are held in fewer than 16 bits, by their
    type or by the scales beside them; `take` says what to take instead."""
    names = list(weights)
    scaled = any(name.endswith(SCALES) for name in names) or "_quantization_metadata" in file.metadata
    if scaled or any(file.tensors[name].dtype not in FLOATS for name in names):
        message = say("{path} holds its weights in 8 bits or fewer, and training takes them whole.", path=file.path)
        raise Misfit("wrong-checkpoint", message, take)


def _refuse_others(path: Path, file: TensorFile, keys: dict[str, str]) -> None:
    if any(LORA.search(name) for name in keys):
        raise another(path, say("a LoRA, not a model"))
    if "patch_embedding.weight" not in keys:
        diffusers = "condition_embedder.time_proj.weight" in keys or "blocks.0.attn1.to_q.weight" in keys
        what = say("a part of a folder in diffusers' layout: name the folder") if diffusers else say("no Wan model")
        raise another(path, what)
    for mark, what in OTHERS.items():
        if any(mark in name for name in keys):
            raise another(path, what)
    refuse_quantized(file, keys.values(), TAKE_WHOLE)


def _task(path: Path, shapes: dict[str, tuple[int, ...]]) -> str:
    width, channels = shapes["patch_embedding.weight"][:2]
    if channels not in CHANNELS:
        raise another(path, say("a model with {channels} input channels (TI2V 5B or another)", channels=channels))
    if width == 1536:
        raise another(path, say("Wan 2.1, which has one expert"))
    return CHANNELS[channels]


def _refuse_holes(path: Path, there: set[str], wanted: set[str]) -> None:
    if wanted - there:
        message = say("{path} lacks {name} and is no whole model.", path=path, name=min(wanted - there))
        raise Misfit("model-damaged", message, TAKE_WHOLE)
    if there - wanted:
        raise another(path, say("another model: it has {name}, which Wan 2.2 14B lacks", name=min(there - wanted)))


def _config(path: Path, file: TensorFile, shapes: dict[str, tuple[int, ...]], layers: int) -> dict[str, Any]:
    """Shapes say most; heads and the longest clip stand in the header of a file of another kind than the 14 B."""
    own = told(file, "transformer")
    width, channels = shapes["patch_embedding.weight"][:2]
    heads = own.get("num_attention_heads", width // HEAD_DIM)
    if not isinstance(heads, int) or heads < 1 or width % heads or (width // heads) % 2:
        raise another(path, say("a model {width} wide, which no Wan is", width=width))
    return {
        "_class_name": "WanTransformer3DModel", "image_dim": None, "added_kv_proj_dim": None,
        "patch_size": list(shapes["patch_embedding.weight"][2:]), "num_attention_heads": heads,
        "attention_head_dim": width // heads, "in_channels": channels, "out_channels": 16,
        "text_dim": shapes["text_embedding.0.weight"][1], "freq_dim": shapes["time_embedding.0.weight"][1],
        "ffn_dim": shapes["blocks.0.ffn.0.weight"][0], "num_layers": layers, "cross_attn_norm": True,
        "qk_norm": "rms_norm_across_heads", "eps": 1e-6, "rope_max_seq_len": own.get("rope_max_seq_len", 1024),
    }  # fmt: skip


def told(file: TensorFile, part: str) -> dict[str, Any]:
    """What the header tells of `part` ("transformer" | "vae") under `config`, as ComfyUI reads it too."""
    try:
        found = json.loads(file.metadata.get("config", "{}"))[part]
    except (ValueError, KeyError, TypeError):
        return {}
    return found if isinstance(found, dict) else {}
