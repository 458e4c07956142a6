"""Which file of a LoRA pair is whose: by the mark high / low in its name, as the tools write it (formats.md 2.4)."""

import re
from pathlib import Path
from typing import NamedTuple

from wannb.refusal import Refusal

# `_high_noise`, `-low`, `HighNoise`, `wanHigh`, `LOW` …, but not the end of `slow` nor the beginning of `highway`
START, END = r"(?:(?<![A-Za-z])|(?<=[a-z])(?=[HL]))", r"(?![a-z])"
WITH_NOISE = re.compile(rf"{START}([Hh]igh|HIGH|[Ll]ow|LOW)[ _.-]?(?:[Nn]oise|NOISE){END}")
ALONE = re.compile(rf"{START}([Hh]igh|HIGH|[Ll]ow|LOW){END}")


class Marked(NamedTuple):
    """The expert that a file's name tells, and the name without it: equal for the two files of a pair."""

    expert: str
    rest: str


def marked(name: str) -> Marked | None:
    """What a file's name says of its expert; None where it says nothing. `…noise` outweighs a mere high or low."""
    found = [*WITH_NOISE.finditer(name)] or [*ALONE.finditer(name)]
    if not found:
        return None
    mark = found[-1]
    return Marked(mark[1].lower(), f"{name[: mark.start()]}*{name[mark.end() :]}".lower())


def file_for(path: str | Path, expert: str) -> Path:
    """The file for `expert` of the pair that `path` names: either file of it, or a folder with one pair; a file whose
    name tells no expert is for both.

    Raises Refusal where there is none, or more than one to choose from, or it is no .safetensors file.
    """
    path = Path(path)
    if path.is_dir():
        return _only_one(path, sorted(path.glob("*.safetensors")), expert)
    if path.suffix != ".safetensors":
        raise Refusal(f"network.pretrained_lora_path is {path}: only .safetensors files are read, convert it first.")
    if not path.is_file():
        raise Refusal(f"network.pretrained_lora_path is {path}, which is not there: give a LoRA's file or folder.")
    own = marked(path.name)
    if own is None or own.expert == expert:
        return path
    beside = sorted(path.parent.glob("*.safetensors"))
    siblings = [other for other in beside if marked(other.name) == (expert, own.rest)]
    if not siblings:
        raise Refusal(
            f"network.pretrained_lora_path is {path.name}, the {own.expert}-noise half of a pair, and its "
            f"{expert}-noise half is not beside it: put it there, or train the {own.expert}-noise expert only."
        )
    return siblings[0]


def _only_one(folder: Path, files: list[Path], expert: str) -> Path:
    pairs = {mark.rest for file in files if (mark := marked(file.name))}
    own = [file for file in files if (mark := marked(file.name)) and mark.expert == expert]
    if len(pairs) == 1 and len(own) == 1:
        return own[0]
    if not pairs and len(files) == 1:
        return files[0]
    if len(pairs) == 1:
        raise Refusal(f"network.pretrained_lora_path is {folder}, which has no {expert}-noise file: put it there.")
    raise Refusal(
        f"network.pretrained_lora_path is {folder}, which holds {len(files)} .safetensors files that are no single "
        "pair: name one file of the pair."
    )
