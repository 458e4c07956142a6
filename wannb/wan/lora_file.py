"""One expert's LoRA as one safetensors file that ComfyUI, diffusers and AI Toolkit all load.

Original Wan names behind `diffusion_model.`, `lora_A` / `lora_B`, the scale alpha / rank inside B, no `.alpha`, no
`lora_adapter_metadata`: formats.md 2.3 says why this alone loads everywhere.
"""

import importlib.metadata
import json
import re
import struct
from pathlib import Path

import torch
from diffusers import WanTransformer3DModel
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from wannb.files import replacing
from wannb.refusal import Refusal
from wannb.wan import lora

PREFIX = "diffusion_model."
ORIGINAL = {  # module inside a block: diffusers -> original Wan (formats.md 2.1)
    **{f"attn1.to_{letter}": f"self_attn.{letter}" for letter in "qkv"},
    **{f"attn2.to_{letter}": f"cross_attn.{letter}" for letter in "qkv"},
    "attn1.to_out.0": "self_attn.o",
    "attn2.to_out.0": "cross_attn.o",
    "ffn.net.0.proj": "ffn.0",
    "ffn.net.2": "ffn.2",
}
DIFFUSERS = {original: name for name, original in ORIGINAL.items()}
KEY = re.compile(r"blocks\.(\d+)\.(.+)\.(lora_[AB]\.weight)")


def to_original(name: str) -> str:
    """`blocks.0.attn1.to_q.lora_A.weight` -> `diffusion_model.blocks.0.self_attn.q.lora_A.weight`."""
    return PREFIX + _rename(name, ORIGINAL)


def to_diffusers(name: str) -> str:
    """`diffusion_model.blocks.0.self_attn.q.lora_A.weight` -> `blocks.0.attn1.to_q.lora_A.weight`."""
    return _rename(name.removeprefix(PREFIX), DIFFUSERS)


def header(
    *,
    name: str,
    task: str,
    expert: str,
    boundary: float,
    shift: float,
    steps: int,
    trigger: str | None,
    base_model: str,
) -> dict[str, str]:
    """The training facts that a file carries: `wannb.*` of our own beside the usual `ss_*` and `modelspec.*`."""
    ours = {
        "task": task,
        "expert": expert,
        "boundary": boundary,
        "shift": shift,
        "steps": steps,
        "trigger": trigger or "",
        "base_model": base_model,
    }
    usual = {
        "ss_base_model_version": "wan_2.2_14b",
        "ss_output_name": name,
        "ss_steps": str(steps),
        "modelspec.sai_model_spec": "1.0.0",
        "modelspec.architecture": f"wan2.2-{task}-a14b/lora",
        "modelspec.title": name,
        "modelspec.implementation": "https://github.com/Wan-Video/Wan2.2",
    }
    if trigger:
        usual |= {"modelspec.trigger_phrase": trigger}
    return {f"wannb.{key}": str(value) for key, value in ours.items()} | usual


def write(
    path: str | Path,
    state: dict[str, torch.Tensor],
    rank: int,
    alpha: float,
    dtype: torch.dtype,
    header: dict[str, str],
) -> None:
    """Write what `lora.state` gave, scale baked into B in fp32 before the cast to `dtype`; the file appears whole, and
    equal weights and facts give equal bytes.

    Rank, alpha and our version are added to `header` (`wannb.*`). `ss_network_alpha` equals the rank: that is the
    alpha which the file, its scale baked in, must be read with.
    """
    tensors = {}
    for name, tensor in state.items():
        weight = tensor.detach().to("cpu", torch.float32)
        weight = weight * (alpha / rank) if name.endswith("lora_B.weight") else weight
        tensors[to_original(name)] = weight.to(dtype).contiguous().clone()
    facts = {"wannb.rank": rank, "wannb.alpha": alpha, "wannb.version": _version()}
    facts |= {"ss_network_dim": rank, "ss_network_alpha": rank, "format": "pt"}
    metadata = {key: str(value) for key, value in (header | facts).items()}
    with replacing(path) as temporary:
        save_file(dict(sorted(tensors.items())), temporary, metadata=metadata)
        _settle_header(temporary)


def read(path: str | Path) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    """Read a file of this format -> (state, header): fp32 tensors under diffusers' names with the scale still folded
    into B, so they are right for a LoRA of scale 1 (alpha = rank); `load` fits them to any other.

    Raises Refusal for an unreadable file, another format, or half a pair. A foreign file's `.alpha` is folded in.
    """
    tensors, metadata = _open(path)
    with_alpha = [name for name in tensors if name.endswith(".alpha")]
    alphas = {name.removesuffix(".alpha"): tensors.pop(name).item() for name in with_alpha}
    state = {}
    for name, tensor in tensors.items():
        if not name.startswith(PREFIX) or not KEY.fullmatch(name.removeprefix(PREFIX)):
            raise Refusal(f"{path} holds {name}, which is no Wan LoRA key of this format: use a file that wannb wrote.")
        module = name.rpartition(".lora_")[0]
        down = f"{module}.lora_A.weight"
        if down not in tensors or f"{module}.lora_B.weight" not in tensors:
            raise Refusal(f"{path} holds only half of the pair of {module}: the file is damaged, write it again.")
        folded = alphas.get(module, len(tensors[down])) / len(tensors[down]) if name.endswith("lora_B.weight") else 1.0
        state[to_diffusers(name)] = tensor.float() * folded
    if not state:
        raise Refusal(f"{path} holds no LoRA weights: use a file that wannb wrote.")
    return state, metadata


def load(transformer: WanTransformer3DModel, path: str | Path) -> dict[str, str]:
    """Load a file into an expert and return its header; attaches a LoRA of the file's rank where none is attached yet,
    and divides by the scale of one that is."""
    state, metadata = read(path)
    if not lora.trainable(transformer):
        rank = len(next(tensor for name, tensor in state.items() if name.endswith("lora_A.weight")))
        lora.attach(transformer, rank, rank, seed=0)
    scale = lora.scale(transformer)
    lora.load_state(
        transformer,
        {name: tensor / scale if name.endswith("lora_B.weight") else tensor for name, tensor in state.items()},
    )
    return metadata


def _settle_header(path: Path) -> None:
    """Sort the names in a safetensors header in place: the library writes metadata in an order of chance."""
    with open(path, "rb+") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        metadata = header.pop("__metadata__", {})
        ordered = {"__metadata__": dict(sorted(metadata.items())), **header}
        data = json.dumps(ordered, ensure_ascii=False, separators=(",", ":")).encode()
        if len(data) > length:
            raise ValueError(f"the header of {path} grew from {length} to {len(data)} bytes")
        file.seek(8)
        file.write(data.ljust(length))


def _rename(name: str, table: dict[str, str]) -> str:
    match = KEY.fullmatch(name)
    if not match or match[2] not in table:
        raise Refusal(f"{name} is no LoRA weight of a Wan block linear.")
    return f"blocks.{match[1]}.{table[match[2]]}.{match[3]}"


def _open(path: str | Path) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    try:
        with safe_open(path, "pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, dict(file.metadata() or {})
    except (OSError, SafetensorError) as error:
        raise Refusal(f"{path} cannot be read as a LoRA ({error}): choose a .safetensors file that exists.") from error


def _version() -> str:
    try:
        return importlib.metadata.version("wannb")
    except importlib.metadata.PackageNotFoundError:  # run from a checkout that is not installed
        return "0"
