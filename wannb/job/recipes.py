"""The guides' advice as jobs: three kinds of LoRA, two tasks, four sizes of card.

The table holds all that the guides advise. A value whose machinery is not built yet is left at the setting's default,
so a recipe never asks for what would be refused and grows complete with the product.
"""

import re
from pathlib import Path
from typing import Any

from wannb.job.dataset import Dataset
from wannb.job.model import ADAPTERS, BASES
from wannb.job.process import Process
from wannb.job.sample import SampleItem
from wannb.job.setting import facts_of, works
from wannb.refusal import Refusal

ARCHITECTURE = {"t2v": "wan22_14b", "i2v": "wan22_14b_i2v"}
MOST_PROMPTS = 4
IMAGES = (".png", ".jpg", ".jpeg", ".webp", ".bmp")
PLACEHOLDER = "/path/to/clips"
MADE_UP = {"style": "velmo", "character": "drovu"}
"""Trigger words that mean nothing to Wan, for the kinds that need one (Differential Output Preservation)."""

KINDS: dict[str, dict[str, Any]] = {
    "motion": {
        "train.steps": 2000,
        "network.linear": 16,
        "train.timestep_type": "linear",
        "train.content_or_style": "balanced",
        "train.diff_output_preservation": False,
        "wannb.high_noise_share": 0.7,
    },
    "style": {
        "train.steps": 2000,
        "network.linear": 16,
        "train.timestep_type": "linear",
        "train.content_or_style": "content",
        "train.diff_output_preservation": True,
        "train.diff_output_preservation_class": "scene",
    },
    "character": {
        "train.steps": 2500,
        "network.linear": 16,
        "train.timestep_type": "sigmoid",
        "train.content_or_style": "balanced",
        "train.diff_output_preservation": True,
        "train.diff_output_preservation_class": "person",
    },
}
PROMPTS = {
    "motion": ["orbit 360 around a vase on a table", "orbit 360 around a person standing in a street"],
    "style": ["[trigger] style, a market street in the rain", "[trigger] style, a portrait by a window"],
    "character": ["[trigger] walking through a park", "[trigger] at a desk, smiling, close-up"],
}
CARDS: dict[int, dict[str, Any]] = {
    12: {
        "model.low_vram": True,
        "model.layer_offloading": True,
        "train.switch_boundary_every": 25,
        "datasets.resolution": [512],
        "sample.width": 512,
        "sample.height": 512,
    },
    24: {"model.low_vram": True, "datasets.resolution": [512, 768], "sample.width": 768, "sample.height": 768},
    48: {"datasets.resolution": [512, 768], "sample.width": 768, "sample.height": 768},
    80: {"datasets.resolution": [512, 768, 1024], "sample.width": 768, "sample.height": 768},
}
FRAMES = {"t2v": {12: 21, 24: 33, 48: 41, 80: 81}, "i2v": {12: 21, 24: 41, 48: 41, 80: 81}}


def recipe(
    kind: str,
    task: str = "i2v",
    vram_gb: float = 24,
    data: str | Path | None = None,
    name: str | None = None,
    trigger: str | None = None,
) -> dict[str, Any]:
    """The mapping of a new job file; raises Refusal for an unknown kind or task or too small a card."""
    if kind not in KINDS:
        raise Refusal(f"There is no recipe {kind!r}: the kinds are {', '.join(KINDS)}.")
    if task not in ARCHITECTURE:
        raise Refusal(f"There is no task {task!r}: the two are t2v and i2v.")
    card = card_for(vram_gb)
    process = Process.new(datasets=[Dataset.new(folder_path=PLACEHOLDER if data is None else str(data))])
    for key, value in _advice(kind, task, card).items():
        _advise(process, key, value)
    process.network.linear_alpha = process.network.linear
    process.wannb.vram_gb = float(vram_gb)
    process.trigger_word = (trigger or "").strip() or MADE_UP.get(kind)
    process.sample.samples = _previews(kind, task, data, process.trigger_word)
    return {
        "job": "extension",
        "config": {"name": name or f"wan_{task}_{kind}_v1", "process": [process.written()]},
        "meta": {"name": "[name]", "version": "1.0"},
    }


def card_for(vram_gb: float) -> int:
    """The column of the guides for a card of `vram_gb` GB: 12, 24, 48 or 80."""
    if not vram_gb >= 10:  # also for nan
        raise Refusal(f"The smallest recipe is for a card of 10-12 GB, and {vram_gb:g} GB is less.")
    return 80 if vram_gb >= 79 else 48 if vram_gb >= 40 else 24 if vram_gb >= 22 else 12


def _advice(kind: str, task: str, card: int) -> dict[str, Any]:
    architecture = ARCHITECTURE[task]
    advice = {
        "model.arch": architecture,
        "model.name_or_path": BASES[architecture],
        "model.quantize": True,
        "model.qtype": "float8" if card == 80 else ADAPTERS[architecture],
        "model.quantize_te": True,
        "model.qtype_te": "float8",
        "train.optimizer": "adamw8bit",
        "datasets.num_frames": FRAMES[task][card],
        "sample.num_frames": FRAMES[task][card],
        "wannb.kind": kind,
        **KINDS[kind],
        **CARDS[card],
    }
    if kind == "character" and card == 80:
        advice["network.linear"] = 32
    return advice


def _advise(process: Process, key: str, value: Any) -> None:
    """Set the dotted `key` where both it and the switch it belongs to are built for what is advised."""
    section_name, field = key.split(".")
    section = process.datasets[0] if section_name == "datasets" else getattr(process, section_name)
    facts = facts_of(type(section).model_fields[field])
    if works(value, facts["built"]) and (facts["of"] is None or _is_on(process, facts["of"])):
        setattr(section, field, value)


def _is_on(process: Process, switch: str) -> bool:
    section_name, field = switch.split(".")
    return bool(getattr(getattr(process, section_name), field))


def _previews(kind: str, task: str, data: str | Path | None, trigger: str | None) -> list[SampleItem]:
    """2-4 previews that mirror the data: captions, and for I2V the image of the same name as the first frame.

    A clip has no such image; `wannb.give_first_frames` takes its first frame, which needs a decoder.
    """
    files = _files(Path(data)) if data is not None else []
    images = {path.with_suffix(""): str(path) for path in files if path.suffix.lower() in IMAGES}
    captions = _captions(files)
    if captions:
        pairs = [(caption, images.get(stem)) for caption, stem in list(captions.items())[:MOST_PROMPTS]]
    else:
        some = list(images.values()) or [None]
        pairs = [(prompt, some[i % len(some)]) for i, prompt in enumerate(PROMPTS[kind])]
    return [
        SampleItem.new(prompt=_triggered(prompt, trigger), ctrl_img=image if task == "i2v" else None)
        for prompt, image in pairs
    ]


def _triggered(prompt: str, trigger: str | None) -> str:
    """The prompt with the trigger word where training has it: in front, unless it stands in the caption already."""
    if not trigger or "[trigger]" in prompt or re.search(rf"(?<!\w){re.escape(trigger)}(?!\w)", prompt):
        return prompt
    return prompt.replace("[name]", "[trigger]") if "[name]" in prompt else f"[trigger] {prompt}"


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []


def _captions(files: list[Path]) -> dict[str, Path]:
    """Each different caption with the stem of its file; a text that belongs to no other file is no caption."""
    stems = {path.with_suffix("") for path in files if path.suffix != ".txt"}
    found: dict[str, Path] = {}
    for path in files:
        if path.suffix == ".txt" and path.with_suffix("") in stems:
            found.setdefault(_text(path), path.with_suffix(""))
    found.pop("", None)
    return found


def _text(path: Path) -> str:
    try:
        return " ".join(path.read_text(encoding="utf-8-sig").split())
    except UnicodeDecodeError:  # read in training as what it is; as a preview's prompt another will do
        return ""
