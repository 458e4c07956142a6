"""What the base model's name says of it, and what of it lies on this machine. Nothing is fetched."""

import os
import re
from collections.abc import Iterable
from pathlib import Path

from wannb.words import say

HUB_ID = re.compile(r"[\w.-]+/[\w.-]+(@[\w./-]+)?")
TINY = "wannb/tiny-"
"""How the names of the models begin that come along."""
RANDOM = "random"
"""The model of the right shapes whose weights are made here; nothing is downloaded, and nothing sensible learned."""
EXPERTS = {"high": "transformer", "low": "transformer_2"}
_TASK = re.compile(r"(?<![a-z])(t2v|i2v|t2i)(?![a-z])")
_OTHERS = {
    say("Wan 2.2 TI2V 5B, a smaller model with one expert"): re.compile(r"ti2v|(?<![0-9a-z])5b(?![a-z])"),
    say("Wan 2.1, which has one expert"): re.compile(r"wan[-_. ]?2[-_.]?1(?![0-9])"),
    say("another model of the Wan 2.2 family"): re.compile(r"(?<![a-z])(animate|s2v|vace)(?![a-z])"),
}
_ORIGINAL = re.compile(r"wan-ai/(?!.*diffusers)", re.IGNORECASE)
# GB on the hub in bf16: one expert's 14.3 billion weights, UMT5's encoder, the VAE
EXPERT_GB, TEXT_GB, VAE_GB = 28.6, 11.4, 0.3
_IN_FP32 = "wan-ai/"
"""Whose experts lie on the hub in fp32 (formats.md 1.1)."""


def is_tiny(name: str) -> bool:
    return name.startswith(TINY)


def is_random(name: str) -> bool:
    return name in (RANDOM, f"{RANDOM}/t2v", f"{RANDOM}/i2v")


def named(name: str, task: str) -> str:
    """`name` as the loader takes it: of `random` there is one for each task."""
    return f"{RANDOM}/{task}" if name.strip() == RANDOM else name


def is_hub_id(name: str) -> bool:
    """Whether `name` is looked for on the hub where no folder has it."""
    if is_random(name):
        return False
    return bool(HUB_ID.fullmatch(name)) and not name.startswith(("./", "../")) and not Path(name).exists()


def folder_of(name: str) -> Path | None:
    """The folder with the model's files: a local one, or the hub cache's; None where neither is there."""
    path = Path(name).expanduser()
    if path.is_dir():
        return path
    return _snapshot(name) if is_hub_id(name) and not is_tiny(name) else None


def another(name: str) -> str | None:
    """What else than a Wan 2.2 14B in diffusers' layout the name says that this is; None where it does not."""
    low = (name.rstrip("/\\").replace("\\", "/").rsplit("/", 1)[-1] if not is_hub_id(name) else name).lower()
    if is_hub_id(name) and _ORIGINAL.match(name):
        return say("in the layout of Wan's own code; its sibling ending in -Diffusers is the one to take")
    return next((what for what, pattern in _OTHERS.items() if pattern.search(low)), None)


def task_named(name: str) -> str | None:
    """`t2v` or `i2v` where the last part of the name says one of them."""
    last = name.rstrip("/\\").replace("\\", "/").rsplit("/", 1)[-1].lower()
    found = {task.replace("t2i", "t2v") for task in _TASK.findall(last)}
    return found.pop() if len(found) == 1 else None


def to_download(name: str, stages: Iterable[str]) -> float:
    """About how many GB of a hub id are not here yet, for training the experts `stages`."""
    return lacking(name, [*stages, "text_encoder", "vae"])


def lacking(name: str, parts: Iterable[str]) -> float:
    """The same for the parts "high", "low", "text_encoder", "vae" alone."""
    folder = folder_of(name)
    expert = EXPERT_GB * (2 if name.lower().startswith(_IN_FP32) else 1)
    sizes = {"high": expert, "low": expert, "text_encoder": TEXT_GB, "vae": VAE_GB}
    return sum(sizes[part] for part in parts if folder is None or not _has(folder, EXPERTS.get(part, part)))


def _has(folder: Path, part: str) -> bool:
    return any((folder / part).glob("*.safetensors"))


def _snapshot(name: str) -> Path | None:
    """The hub cache's folder of `org/name@revision`, as huggingface_hub lays it out."""
    repository, _, revision = name.partition("@")
    home = hub_cache() / f"models--{repository.replace('/', '--')}"
    reference = home / "refs" / (revision or "main")
    try:
        commit = reference.read_text().strip()
    except OSError:
        commit = revision
    folder = home / "snapshots" / commit if commit else None
    return folder if folder and folder.is_dir() else None


def hub_cache() -> Path:
    """Where huggingface_hub keeps what it fetched, told by the same variables."""
    for variable in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        if os.environ.get(variable):
            return Path(os.environ[variable]).expanduser()
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    home = os.environ.get("HF_HOME")
    return (Path(home).expanduser() if home else caches / "huggingface") / "hub"
