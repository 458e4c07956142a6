"""Which packages are there, told from what is installed: nothing heavy is imported."""

import ast
import importlib.metadata
import importlib.util
import re
from pathlib import Path

OURS = "wannb"
NAME = re.compile(r"[A-Za-z0-9._-]+")
OLDEST_TORCHAO = (0, 16)
"""peft refuses to work beside an older one, though it is not used (peft's import_utils.py)."""


OPTIONAL = {"tensorboard": "draws the event files beside a run's figures"}


def version_of(name: str) -> str | None:
    """The installed version of the package `name`; None where it is not installed."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def absent() -> list[str]:
    """The packages that wannb needs on this system and that are not installed."""
    asked = importlib.metadata.requires(OURS) if version_of(OURS) else None
    return [name for line in asked or () if (name := _needed(line)) and version_of(name) is None]


def torch_cuda() -> str | None:
    """The CUDA (or ROCm) version that the installed torch was built for; None for a CPU build or where none is."""
    found = importlib.util.find_spec("torch")
    if found is None or not found.origin:
        return None
    for line in ast.parse((Path(found.origin).parent / "version.py").read_text(encoding="utf-8")).body:
        targets = getattr(line, "targets", None) or [getattr(line, "target", None)]
        names = {getattr(target, "id", "") for target in targets}
        if names & {"cuda", "hip"} and isinstance(line.value, ast.Constant) and line.value.value:
            return str(line.value.value)
    return None


def old_torchao() -> str | None:
    """The version of a torchao that is too old for peft; None where it is new enough or not there."""
    version = version_of("torchao")
    numbers = tuple(map(int, re.findall(r"\d+", version or "")[:2]))
    return version if version and numbers < OLDEST_TORCHAO else None


def _needed(line: str) -> str | None:
    """The name in a line of what wannb asks for; None for extras and for what this system has no wheel of."""
    name, _, marker = line.partition(";")
    return NAME.match(name)[0] if not marker.strip() else None
