"""A model in diffusers' layout on this machine: which of its parts are whole."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from wannb.job.parts.misfit import TAKE_14B, Misfit
from wannb.job.parts.tensor_file import AGAIN, TensorFile
from wannb.words import say

EXPERTS = {"high": "transformer", "low": "transformer_2"}  # formats.md 1.1: transformer is the high-noise expert
CONFIG = {
    "transformer": "config.json",
    "transformer_2": "config.json",
    "vae": "config.json",
    "text_encoder": "config.json",
    "tokenizer": "tokenizer_config.json",
    "scheduler": "scheduler_config.json",
}
WITH_WEIGHTS = ("transformer", "transformer_2", "vae", "text_encoder")
INDEX = "*.safetensors.index.json"


def is_one(folder: Path) -> bool:
    """Whether `folder` is laid out so, whole or not."""
    names = ("model_index.json", *(f"{part}/{CONFIG[part]}" for part in WITH_WEIGHTS))
    return any((folder / name).is_file() for name in names)


def check(folder: Path, parts: Iterable[str] = tuple(CONFIG)) -> None:
    """Raise Misfit where one of `parts` is missing from the folder, or has weights that are not whole."""
    parts = list(parts)
    _refuse_one_expert(folder, parts)
    missing = [f"{name}/" for name in parts if not (folder / name / CONFIG[name]).is_file()]
    if "transformer" in parts and not (folder / "model_index.json").is_file():
        missing.insert(0, "model_index.json")
    if missing:
        message = say(
            "{folder} is not a complete Wan 2.2 folder in diffusers' layout, it lacks {parts}.",
            folder=folder,
            parts=", ".join(missing),
        )
        raise Misfit("model-incomplete", message, say("Download what is missing, or name another folder or a hub id."))
    for name in parts:
        if name in WITH_WEIGHTS:
            for file in weight_files(folder / name):
                TensorFile.read(file)


def _refuse_one_expert(folder: Path, parts: list[str]) -> None:
    lacking = [name for name in EXPERTS.values() if name in parts and not (folder / name / CONFIG[name]).is_file()]
    if not lacking or lacking == ["transformer"]:
        return
    one = say("a model with one expert (Wan 2.1, TI2V 5B)") if len(lacking) == 1 else say("no Wan 2.2 14B")
    message = say(
        "{name} lacks {parts}: it is {one} in diffusers' layout.",
        name=folder,
        parts=", ".join(f"{name}/" for name in lacking),
        one=one,
    )
    raise Misfit("wrong-checkpoint", message, TAKE_14B)


def weight_files(folder: Path) -> list[Path]:
    """The `.safetensors` files of one part, those of its index where it has one; raises Misfit where they are not all
    there. Variants (`….fp16.safetensors`) are left out, as diffusers does."""
    index = min(folder.glob(INDEX), key=lambda path: len(path.name), default=None)
    if index:
        files = [folder / name for name in _shards(index)]
    else:
        there = sorted(folder.glob("*.safetensors"), key=lambda path: (len(path.name), path.name))
        files = there[:1]
    if not files:
        message = say("{folder} holds no .safetensors weights.", folder=folder)
        raise Misfit("model-incomplete", message, say("Download the folder again with its weights."))
    lacking = [file.name for file in files if not file.is_file()]
    if lacking:
        message = say("{folder} lacks {parts}, which its index names.", folder=folder, parts=", ".join(lacking))
        raise Misfit("model-incomplete", message, say("Download the folder again with its weights."))
    return files


def read_config(folder: Path, name: str) -> dict[str, Any]:
    """One JSON file of the folder (`transformer/config.json`); raises Misfit where it is missing or no mapping."""
    path = folder / name
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(read, dict):
            raise ValueError("no mapping")
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) else error
        raise Misfit("model-damaged", say("{path} cannot be read ({error}).", path=path, error=said), AGAIN) from error
    return read


def _shards(index: Path) -> list[str]:
    files = read_config(index.parent, index.name).get("weight_map")
    if not isinstance(files, dict) or not files:
        raise Misfit("model-damaged", say("{path} names no files.", path=index), AGAIN)
    names = sorted(set(map(str, files.values())))
    if any(Path(name).name != name for name in names):
        raise Misfit("model-damaged", say("{path} names files outside its folder.", path=index), AGAIN)
    return names
