"""One expert's adapter as one safetensors file: a LoRA that ComfyUI, diffusers and AI Toolkit all load, or a LoKr.

Original Wan names behind `diffusion_model.`, the scale alpha / rank inside a factor, no `.alpha`, no
`lora_adapter_metadata`: formats.md 2.3 says why this alone loads everywhere.
"""

import importlib.metadata
import json
import re
import struct
from pathlib import Path
from typing import NamedTuple

import torch
from diffusers import WanTransformer3DModel
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from wannb.files import replacing
from wannb.refusal import Refusal
from wannb.wan.adapters import layer_names, lora
from wannb.wan.adapters.adapter import Adapter

PREFIX = "diffusion_model."
KEY = re.compile(r"(blocks\.\d+\..+)\.(lora_[AB]\.weight|lokr_w1|lokr_w2|lokr_w2_[ab])")


class Form(NamedTuple):
    """What a layer can consist of: its parts, the one that carries the scale in a file, the one with `rank` rows."""

    parts: frozenset[str]
    carrier: str
    ranked: str | None  # a LoKr of two whole factors has no rank, and no scale


FORMS = (
    Form(frozenset({"lora_A.weight", "lora_B.weight"}), "lora_B.weight", "lora_A.weight"),
    Form(frozenset({"lokr_w1", "lokr_w2"}), "lokr_w1", None),
    Form(frozenset({"lokr_w1", "lokr_w2_a", "lokr_w2_b"}), "lokr_w1", "lokr_w2_b"),
)


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
    path: str | Path, state: dict[str, Tensor], adapter: Adapter, dtype: torch.dtype, header: dict[str, str]
) -> None:
    """Write what `lora.state` gave of an expert with `adapter`, the scale baked into B (LoKr: W1) in fp32 before the
    cast to `dtype`; the file appears whole, and equal weights and facts give equal bytes.

    Kind, rank, alpha and our version are added to `header` (`wannb.*`). `ss_network_alpha` equals the rank: that is the
    alpha which the file, its scale baked in, must be read with.
    """
    tensors = {}
    for layer, parts in _by_layer(state, path).items():
        form = _form(layer, parts, path)
        for part, tensor in parts.items():
            weight = tensor.detach().to("cpu", torch.float32)
            if part == form.carrier and form.ranked:
                weight = weight * adapter.scale
            tensors[f"{PREFIX}{layer_names.to_original(layer)}.{part}"] = weight.to(dtype).contiguous().clone()
    metadata = {key: str(value) for key, value in (header | _facts(adapter)).items()}
    with replacing(path) as temporary:
        save_file(dict(sorted(tensors.items())), temporary, metadata=metadata)
        _settle_header(temporary)


def read(path: str | Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Read a file of this format -> (state, header): fp32 tensors under diffusers' names with the scale still folded
    into B (LoKr: W1), so they are right for an adapter of scale 1 (alpha = rank); `load` fits them to any other.

    Raises Refusal for an unreadable file, another format, or an incomplete layer. A foreign file's `.alpha` is folded
    in.
    """
    tensors, metadata = tensors_and_header(path)
    alphas = {name.removesuffix(".alpha"): tensors.pop(name) for name in list(tensors) if name.endswith(".alpha")}
    for name in tensors:
        if not name.startswith(PREFIX) or not KEY.fullmatch(name.removeprefix(PREFIX)):
            raise Refusal(f"{path} holds {name}, which is no Wan LoRA key of this format: use a file that wannb wrote.")
    if not tensors:
        raise Refusal(f"{path} holds no LoRA weights: use a file that wannb wrote.")
    state = {}
    for layer, parts in _by_layer({name.removeprefix(PREFIX): t for name, t in tensors.items()}, path).items():
        form = _form(layer, parts, path)
        alpha = alphas.get(PREFIX + layer) if form.ranked else None
        for part, tensor in parts.items():
            folded = alpha.item() / len(parts[form.ranked]) if alpha is not None and part == form.carrier else 1.0
            state[f"{layer_names.to_diffusers(layer)}.{part}"] = tensor.float() * folded
    return state, metadata


def load(transformer: WanTransformer3DModel, path: str | Path) -> dict[str, str]:
    """Load a file into an expert and return its header; attaches the file's own adapter where none is attached yet, and
    divides by the scale of one that is. Layers of smaller rank than the adapter's are filled up with zeros, which add
    nothing."""
    state, metadata = read(path)
    _load(transformer, path, state, metadata)
    return metadata


def exchange(transformer: WanTransformer3DModel, path: str | Path) -> dict[str, str]:
    """Give an expert the adapter of a file in place of what it has, whatever rank and kind either is of; return the
    file's header."""
    state, metadata = read(path)
    if not lora.fits(transformer, state):
        lora.detach(transformer)
    _load(transformer, path, state, metadata)
    return metadata


def _load(transformer: WanTransformer3DModel, path: str | Path, state: dict[str, Tensor], metadata: dict) -> None:
    if not lora.trainable(transformer):
        lora.attach(transformer, _adapter(_by_layer(state, path), metadata, path), seed=0)
    scales, there = lora.scales(transformer), lora.factors(transformer)
    divided = {name: _divided(name, tensor, scales) for name, tensor in state.items()}
    lora.load_state(transformer, {name: _filled(name, tensor, there) for name, tensor in divided.items()})


def tensors_and_header(path: str | Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """All of a safetensors file; raises Refusal where it is none."""
    try:
        with safe_open(path, "pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, dict(file.metadata() or {})
    except (OSError, SafetensorError) as error:
        raise Refusal(f"{path} cannot be read as a LoRA ({error}): choose a .safetensors file that exists.") from error


def _by_layer(state: dict[str, Tensor], path: str | Path) -> dict[str, dict[str, Tensor]]:
    layers: dict[str, dict[str, Tensor]] = {}
    for name, tensor in state.items():
        match = KEY.fullmatch(name)
        if not match:
            raise Refusal(f"{path} cannot hold {name}: it is no adapter weight of a Wan block linear.")
        layers.setdefault(match[1], {})[match[2]] = tensor
    return layers


def _form(layer: str, parts: dict[str, Tensor], path: str | Path) -> Form:
    for form in FORMS:
        if parts.keys() == form.parts:
            return form
    raise Refusal(f"{path} holds only {', '.join(sorted(parts))} of {layer}: the file is damaged, write it again.")


def _divided(name: str, tensor: Tensor, scales: dict[str, float]) -> Tensor:
    layer, part = KEY.fullmatch(name).groups()
    return tensor / scales.get(layer, 1.0) if any(part == form.carrier for form in FORMS) else tensor


def _filled(name: str, tensor: Tensor, there: dict[str, Tensor]) -> Tensor:
    """A LoRA's factor with zeros up to the rank of the attached one: rows of A, columns of B."""
    axis = {"lora_A.weight": 0, "lora_B.weight": 1}.get(KEY.fullmatch(name)[2])
    if axis is None or name not in there or tensor.shape[axis] >= there[name].shape[axis]:
        return tensor
    short = there[name].shape[axis] - tensor.shape[axis]
    return torch.nn.functional.pad(tensor, (0, 0, 0, short) if axis == 0 else (0, short))


def _adapter(layers: dict[str, dict[str, Tensor]], metadata: dict[str, str], path: str | Path) -> Adapter:
    """The adapter of scale 1 that a file's layers are weights of."""
    ranks = {len(parts[form.ranked]) for layer, parts in layers.items() if (form := _form(layer, parts, path)).ranked}
    rank = max(ranks, default=1)
    kind = "lora" if "lora_A.weight" in next(iter(layers.values())) else "lokr"
    factor = int(metadata.get("wannb.lokr_factor", -1))
    return Adapter(kind, rank, rank, layers=lambda _: list(layers), factor=factor, full_rank=not ranks)


def _facts(adapter: Adapter) -> dict[str, object]:
    facts = {"wannb.kind": adapter.kind, "wannb.version": _version(), "format": "pt"}
    if adapter.kind == "lokr":
        facts |= {"wannb.lokr_factor": adapter.factor, "wannb.lokr_full_rank": adapter.full_rank}
    if adapter.kind == "lora" or not adapter.full_rank:
        facts |= {"wannb.rank": adapter.rank, "wannb.alpha": adapter.alpha}
        facts |= {"ss_network_dim": adapter.rank, "ss_network_alpha": adapter.rank}
    return facts


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


def _version() -> str:
    try:
        return importlib.metadata.version("wannb")
    except importlib.metadata.PackageNotFoundError:  # run from a checkout that is not installed
        return "0"
