"""Which expert a file's name says that it is: high-noise or low-noise."""

import re
from pathlib import Path

_END = r"(?=[-_ .]?[Nn]oise|[^a-z]|$)"
_WORD = re.compile(rf"(?<![A-Za-z])(?:high|low){_END}|(?:High|Low){_END}|(?<![A-Z])(?:HIGH|LOW)(?![A-Z]|[a-z])")
OTHER = {"high": "low", "low": "high", "High": "Low", "Low": "High", "HIGH": "LOW", "LOW": "HIGH"}


def named(text: str) -> str | None:
    """`wan2.2_i2v_high_noise_14B_fp16` -> `high`; None where it says neither or both."""
    found = {word.lower() for word in _WORD.findall(text)}
    return found.pop() if len(found) == 1 else None


def expert_of(path: Path) -> str | None:
    """`high` or `low` by the file's name, or by its folder's where that says nothing."""
    return named(path.stem) or (named(path.parent.name) if not _WORD.search(path.stem) else None)


def counterpart(path: Path) -> Path:
    """The file of the other expert by its name: `…_high_noise_….safetensors` -> `…_low_noise_….safetensors`."""
    if named(path.stem):
        return path.with_name(swapped(path.name))
    return path.parent.with_name(swapped(path.parent.name)) / path.name


def swapped(name: str) -> str:
    return _WORD.sub(lambda word: OTHER[word[0]], name)


def pair(path: Path) -> str:
    """What two files of one pair have in common: the path without the words."""
    return _WORD.sub("*", str(path))
