"""A new job as the guides advise: three kinds of LoRA, two tasks, four sizes of card.

The values are those of `wannb.job.guides`. One whose machinery is not built yet is left at the setting's default, so a
recipe never asks for what would be refused and grows complete with the product.
"""

import re
from pathlib import Path
from typing import Any

from wannb.job.dataset import Dataset
from wannb.job.dotted import located
from wannb.job.guides import ARCHITECTURE, GUIDES, KINDS, advised, card_for
from wannb.job.process import Process
from wannb.job.sample import SampleItem
from wannb.job.setting import facts_of, works
from wannb.refusal import Refusal

MOST_PROMPTS = 4
IMAGES = (".png", ".jpg", ".jpeg", ".webp", ".bmp")
PLACEHOLDER = "/path/to/clips"
MADE_UP = {"style": "velmo", "character": "drovu"}
"""Trigger words that mean nothing to Wan, for the kinds that need one (Differential Output Preservation)."""
PROMPTS = {
    "motion": ["orbit 360 around a vase on a table", "orbit 360 around a person standing in a street"],
    "style": ["[trigger] style, a market street in the rain", "[trigger] style, a portrait by a window"],
    "character": ["[trigger] walking through a park", "[trigger] at a desk, smiling, close-up"],
}


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
    process = _process(kind, task, card_for(vram_gb))
    process.datasets[0].folder_path = PLACEHOLDER if data is None else str(data)
    process.wannb.kind, process.wannb.vram_gb = kind, float(vram_gb)
    process.trigger_word = (trigger or "").strip() or MADE_UP.get(kind)
    process.sample.samples = _previews(kind, task, data, process.trigger_word)
    return {
        "job": "extension",
        "config": {"name": name or f"wan_{task}_{kind}_v1", "process": [_without_images(process.written(), task)]},
        "meta": {"name": "[name]", "version": "1.0"},
    }


def _process(kind: str, task: str, card: int) -> Process:
    """A process with every value of the guides whose own machinery and whose switch's is built."""
    process = Process.new(datasets=[Dataset.new()])
    for key, entry in GUIDES.items():
        value = advised(entry, kind, task, card).value
        if value is None:
            continue
        section, field = located(process, key.replace("[]", "[0]"))
        facts = facts_of(type(section).model_fields[field])
        if works(value, facts["built"]) and (facts["of"] is None or _is_on(process, facts["of"])):
            setattr(section, field, value)
    return process


def _is_on(process: Process, switch: str) -> bool:
    section, field = located(process, switch)
    return bool(getattr(section, field))


def _without_images(written: dict[str, Any], task: str) -> dict[str, Any]:
    """Text-to-video has no use for a line on each preview's image."""
    for item in written["sample"]["samples"] if task == "t2v" else ():
        item.pop("ctrl_img", None)
    return written


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
