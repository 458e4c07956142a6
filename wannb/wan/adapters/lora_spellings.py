"""A Wan LoRA file in any spelling of formats.md 2.2, read as one pair of factors for each layer of an expert."""

import json
import math
import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from torch import Tensor

from wannb.refusal import Refusal
from wannb.wan.adapters import layer_names
from wannb.wan.adapters.lora_file import tensors_and_header


class Pair(NamedTuple):
    """dW = up @ down, whatever alpha the file had: fp32 [rank, in] and [out, rank]."""

    down: Tensor
    up: Tensor


class Key(NamedTuple):
    """stage: `transformer`, `transformer_1`, `transformer_2` or empty; layer: in diffusers' words, or as the file has
    it where it is no block linear; part: `down`, `up`, `alpha`, or empty where the key is no LoRA's."""

    stage: str
    layer: str
    part: str


STAGES = {"high": ("transformer", "transformer_1"), "low": ("transformer_2",)}
PARTS = {
    "down": re.compile(r"(?:\.lora_A(?:\.default)?(?:\.weight)?|[._]lora[._](?:linear_layer\.)?down\.weight)$"),
    "up": re.compile(r"(?:\.lora_B(?:\.default)?(?:\.weight)?|[._]lora[._](?:linear_layer\.)?up\.weight)$"),
    "alpha": re.compile(r"\.alpha$"),
}
DOTTED = re.compile(r"(?:base_model\.model\.|model\.)?(?:diffusion_model\.)?(?:(transformer(?:_[12])?)\.)?(.+)")
UNDERSCORED = re.compile(r"lora_unet__?blocks_(\d+)_(.+)")  # two of them: Wan-Fun
UNDOTTED = {original.replace(".", "_"): name for name, original in layer_names.ORIGINAL.items()}
DIFFUSERS_WORDS = re.compile(r"\.(?:attn[12]|net)\.")
UNREADABLE = (  # what ends a key or stands in it -> what that is
    (re.compile(r"\.lokr_"), "LoKr weights"),
    (re.compile(r"\.hada_"), "LoHa weights"),
    (re.compile(r"\.oft_"), "OFT weights"),
    (re.compile(r"\.dora_scale|lora_magnitude_vector"), "DoRA magnitudes"),
    (re.compile(r"\.lora_mid\."), "a Tucker core"),
    (re.compile(r"\.diff$|\.set_weight$|\.reshape_weight$"), "whole weights"),
    (re.compile(r"\.diff_b$|\.bias$"), "biases"),
)


def read(path: Path, expert: str | None) -> tuple[dict[str, Pair], list[str]]:
    """The pairs for `expert` by layer (diffusers' words), and the layers of the file that are no block linears.

    Scales as each spelling's loaders take them: `.alpha` / rank where the file has it; else, for diffusers' names, what
    `lora_adapter_metadata` in the header says; else 1. Of a file with both experts only this one's half is taken.
    Raises Refusal for what is no plain LoRA, for half a pair, and for a file with both where no expert is told.
    """
    tensors, header = tensors_and_header(path)
    _refuse_unreadable(tensors, path)
    if expert is None and _of_both(map(_key, tensors)):
        raise Refusal(f"{path} holds both experts: say which one, high or low.")
    layers, others = _grouped(tensors, expert)
    facts = _peft_facts(header) if any(DIFFUSERS_WORDS.search(name) for name in tensors) else {}
    return {layer: pair(layer, parts, facts, path) for layer, parts in layers.items()}, others


def parts(tensors: dict[str, Tensor], path: Path) -> dict[str, dict[str, Tensor]]:
    """Layer -> its parts (`down`, `up`, `alpha`) of every pair in a file of one expert, also outside the blocks; raises
    Refusal for what is no plain LoRA."""
    _refuse_unreadable(tensors, path)
    layers: dict[str, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        key = _key(name)
        if not key.part:
            raise Refusal(f"{path} holds {name}, which is no key of a LoRA.")
        layers.setdefault(key.layer, {})[key.part] = tensor
    return layers


def _refuse_unreadable(tensors: dict[str, Tensor], path: Path) -> None:
    for name in tensors:
        for mark, what in UNREADABLE:
            if mark.search(name):
                raise Refusal(f"{path} holds {what} ({name}): only plain LoRA pairs are read here.")


def _of_both(keys: Iterable[Key]) -> bool:
    return any(key.stage in ("transformer_1", "transformer_2") for key in keys)


def _grouped(tensors: dict[str, Tensor], expert: str | None) -> tuple[dict[str, dict[str, Tensor]], list[str]]:
    keys = {name: _key(name) for name in tensors}
    of_both = _of_both(keys.values())
    layers: dict[str, dict[str, Tensor]] = {}
    others = set()
    for name, key in keys.items():
        if of_both and key.stage and key.stage not in STAGES[expert]:
            continue
        if key.part and layer_names.is_linear(key.layer) and (key.stage or not of_both):
            layers.setdefault(key.layer, {})[key.part] = tensors[name]
        else:
            others.add(key.layer)
    return layers, sorted(others)


def _key(name: str) -> Key:
    found = ((part, match) for part, pattern in PARTS.items() if (match := pattern.search(name)))
    part, match = next(found, ("", None))
    module = name[: match.start()] if match else name
    flat = UNDERSCORED.fullmatch(module)
    if flat:
        inside = UNDOTTED.get(flat[2])
        return Key("", f"blocks.{flat[1]}.{inside}" if inside else module, part)
    stage, layer = DOTTED.fullmatch(module).groups()
    block = layer_names.LAYER.fullmatch(layer)
    if block and block[2] in layer_names.DIFFUSERS:
        layer = layer_names.to_diffusers(layer)
    return Key(stage or "", layer, part)


def pair(layer: str, parts: dict[str, Tensor], facts: dict, path: Path) -> Pair:
    """The factors of one layer with its scale in `up`; raises Refusal where they are no pair of thin matrices."""
    if "down" not in parts or "up" not in parts:
        raise Refusal(f"{path} holds only half of the pair of {layer}: the file is damaged, get it again.")
    down, up = parts["down"].float(), parts["up"].float()
    if down.ndim != 2 or up.ndim != 2 or len(down) != up.shape[1]:
        raise Refusal(f"{path} holds no two thin matrices for {layer}, but {list(down.shape)} and {list(up.shape)}.")
    if "alpha" in parts:
        return Pair(down, up * (parts["alpha"].item() / len(down)))
    return Pair(down, up * _peft_scale(layer, len(down), facts))


def _peft_facts(header: dict[str, str]) -> dict:
    """The LoraConfig that diffusers keeps in a file's header, without its prefix; empty where there is none."""
    try:
        facts = json.loads(header.get("lora_adapter_metadata", "{}"))
    except ValueError:
        return {}
    return {re.sub(r"^transformer(?:_2)?\.", "", key): value for key, value in facts.items()}


def _peft_scale(layer: str, rank: int, facts: dict) -> float:
    """alpha / rank, or alpha / sqrt(rank) with rsLoRA, as PEFT resolves a layer's own alpha; 1 without facts."""
    if not facts:
        return 1.0
    own = (alpha for key, alpha in (facts.get("alpha_pattern") or {}).items() if re.match(rf"(.*\.)?({key})$", layer))
    alpha = next(own, facts.get("lora_alpha", 8))  # 8 is LoraConfig's default
    return alpha / (math.sqrt(rank) if facts.get("use_rslora") else rank)
