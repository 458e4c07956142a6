"""A LoRA pair inside its base's weights: a diffusers folder, or single files for ComfyUI, checked after writing."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from wannb.export import merged_weights, original_names
from wannb.export.merged_check import difference
from wannb.export.pair import job_of, pair
from wannb.files import replacing
from wannb.job import Job
from wannb.job.parts.parts import elsewhere, place
from wannb.refusal import Refusal
from wannb.wan.adapters import lora_file
from wannb.wan.loading import source, weights

FLOATS = {torch.float32, torch.bfloat16, torch.float16}


@dataclass(frozen=True)
class Merged:
    """`folder` with the merged model; `layers` and `differences` by expert: how many weights changed, and the largest
    difference between the merged expert's output and that of its base with the live LoRA, as a share of the output's
    largest value; `effects`: what the LoRA itself changes in it; `allowed`: what rounding may; `farthest`: the largest
    distance of a written number from W + strength · B A, as a share of what rounding it once may do."""

    folder: Path
    layers: dict[str, int]
    differences: dict[str, float]
    effects: dict[str, float]
    allowed: float
    farthest: dict[str, float]

    def to_dict(self) -> dict[str, Any]:
        return {**vars(self), "folder": str(self.folder)}


def merge(
    run: str | PathLike[str],
    out: str | Path,
    high: int | None = None,
    low: int | None = None,
    strength: float = 1.0,
    to: str = "diffusers",
    heed: Callable[[str], None] = lambda doing: None,
) -> Merged:
    """Write to the new folder `out` the base of `run` with the pair of the steps `high` and `low` (None: the last)
    added at `strength`, W + strength · B A in fp32, each weight cast back to its own precision.

    to: "diffusers", the whole model, its other parts copied; or "comfyui", one file for each expert under the original
    names. Shards are read and written one at a time, so memory holds one of them. An expert that was not trained is the
    base's. Then every written weight is read again and held against W + strength · B A, and each trained expert is run
    on small latents against its base with the live LoRA. Raises Refusal for a
    LoKr, a base that is quantized or not on this disk, an `out` that has something in it, and a check that fails.
    """
    run, out = Path(run), Path(out)
    if to not in ("diffusers", "comfyui"):
        raise Refusal(f"A pair is not merged to {to!r}: choose diffusers or comfyui.")
    job = job_of(run)
    base = _base(job)
    sources = pair(run, job, high, low)
    changes = {expert: _changes(path, strength) for expert, path in sources.items()}
    if out.exists() and any(out.iterdir()):
        raise Refusal(f"{out} has something in it: give a new folder.")
    needed = sum(path.stat().st_size for path in base.rglob("*.safetensors"))
    out.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(out).free < needed:
        raise Refusal(f"{out} has too little room: the merged model takes {needed / 1e9:.3g} GB.")
    for expert, folder in source.EXPERT_FOLDERS.items():
        heed(f"writing the {expert}-noise expert")
        _write_expert(base / folder, out / folder, changes.get(expert, {}))
    heed("checking")
    farthest = {
        expert: merged_weights.farthest(base / folder, out / folder, changes.get(expert, {}))
        for expert, folder in source.EXPERT_FOLDERS.items()
    }
    found = {expert: difference(base, out, expert, path, strength) for expert, path in sources.items()}
    allowed = max(one.allowed for one in found.values())
    for expert, one in found.items():
        if one.largest > one.allowed:
            raise Refusal(
                f"The merged {expert}-noise expert differs from its base with the LoRA by {one.largest:.2g} of its "
                f"output, more than rounding ({one.allowed:.2g}): do not use {out}."
            )
    if to == "diffusers":
        _copy_rest(base, out)
    else:
        original_names.rewrite(job, out)
    layers = {expert: len(one) for expert, one in changes.items()}
    largest, effects = ({expert: one[i] for expert, one in found.items()} for i in (0, 1))
    return Merged(out, layers, largest, effects, allowed, {expert: farthest[expert] for expert in changes})


def _base(job: Job) -> Path:
    lies = place(weights.resolve(job.model.name_or_path, job.task, elsewhere(job)), "high")
    if not isinstance(lies, Path):
        raise Refusal(
            f"{lies} is merged from a folder on this disk only: fetch it (`hf download {lies} --local-dir FOLDER`) "
            "and set model.name_or_path in the run's config.yaml to that folder."
        )
    if lies.is_file():
        raise Refusal(
            f"{lies} is a single file, and a pair is merged from a folder in diffusers' layout: set model.name_or_path "
            "in the run's config.yaml to one, or load the LoRA pair itself in ComfyUI."
        )
    return lies


def _changes(path: Path, strength: float) -> dict[str, tuple[Tensor, Tensor]]:
    """Weight name -> (down, up · strength), fp32."""
    state, _ = lora_file.read(path)
    if any(".lokr_" in name for name in state):
        raise Refusal(f"{path} is a LoKr: only a LoRA is merged.")
    layers = [name.removesuffix(".lora_A.weight") for name in state if name.endswith(".lora_A.weight")]
    return {
        f"{one}.weight": (state[f"{one}.lora_A.weight"], strength * state[f"{one}.lora_B.weight"]) for one in layers
    }


def _write_expert(base: Path, out: Path, changes: dict[str, tuple[Tensor, Tensor]]) -> None:
    shards, found = sorted(base.glob("*.safetensors")), set()
    for shard in shards:
        found |= _write_shard(shard, out / shard.name, changes)
    if missing := sorted(changes.keys() - found):
        raise Refusal(f"{base} has no {missing[0]}, which the LoRA changes: it is of another model.")
    for other in base.glob("*.json"):
        shutil.copyfile(other, out / other.name)


def _write_shard(shard: Path, target: Path, changes: dict[str, tuple[Tensor, Tensor]]) -> set[str]:
    """Write one shard with its share of `changes`; return their names."""
    tensors, found = {}, set()
    with safe_open(shard, "pt") as file:
        metadata = file.metadata()
        for name in file.keys():
            tensor = file.get_tensor(name)
            if tensor.dtype not in FLOATS:
                raise Refusal(f"{shard} holds {name} as {tensor.dtype}: only unquantized weights take a merge.")
            if name in changes:
                down, up = changes[name]
                if tensor.shape != (len(up), down.shape[1]):
                    raise Refusal(f"{shard} holds {name} in another shape than the LoRA: it is of another model.")
                tensor = torch.addmm(tensor.float(), up, down).to(tensor.dtype)
                found.add(name)
            tensors[name] = tensor
    with replacing(target) as temporary:
        save_file(tensors, temporary, metadata=metadata or {"format": "pt"})
    return found


def _copy_rest(base: Path, out: Path) -> None:
    """Everything of the pipeline but its experts."""
    experts = source.EXPERT_FOLDERS.values()
    for path in sorted(base.rglob("*")):
        place = path.relative_to(base)
        if path.is_file() and place.parts[0] not in experts and not place.parts[0].startswith("."):
            (out / place).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, out / place)
