"""What resume needs, in `state/<step:09d>/`: one safetensors file an expert and `state.json`; no pickle.

A state is written beside under a dotted name and renamed, so a folder with nine digits is complete.
"""

import json
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file
from torch import Tensor

from wannb.refusal import Refusal

_COMPLETE = re.compile(r"\d{9}")
_FACTS = "state.json"


def save(folder: Path, step: int, experts: dict[str, dict[str, Tensor]], facts: dict[str, Any]) -> Path:
    """Write the state after `step` into `folder` and remove older ones.

    experts: tensors by name for each expert; facts: what else to remember, as JSON.
    """
    folder.mkdir(parents=True, exist_ok=True)
    clear_unfinished(folder)
    beside = Path(tempfile.mkdtemp(prefix=".writing-", dir=folder))
    for expert, tensors in experts.items():
        save_file({name: tensor.cpu().contiguous() for name, tensor in tensors.items()}, _file(beside, expert))
        _sync(_file(beside, expert))
    (beside / _FACTS).write_text(json.dumps({**facts, "step": step, "experts": sorted(experts)}, indent=1))
    _sync(beside / _FACTS)
    target = folder / f"{step:09d}"
    if target.exists():
        os.rename(target, folder / f".old-{target.name}")
    os.rename(beside, target)
    _sync(folder)
    _remove(path for path in folder.iterdir() if path != target)
    return target


def newest(folder: Path) -> Path | None:
    """Return the newest complete state in `folder`, None where there is none."""
    if not folder.is_dir():
        return None
    complete = sorted(path for path in folder.iterdir() if _COMPLETE.fullmatch(path.name))
    return complete[-1] if complete else None


def load(path: Path) -> tuple[dict[str, dict[str, Tensor]], dict[str, Any]]:
    """Return the tensors of each expert and the facts; raises Refusal where the state is damaged."""
    try:
        facts = json.loads((path / _FACTS).read_text())
        return {expert: load_file(_file(path, expert)) for expert in facts["experts"]}, facts
    except Exception as error:
        raise Refusal(
            f"The saved state {path} cannot be read ({error}): delete that folder to begin the run anew."
        ) from error


def clear_unfinished(folder: Path) -> None:
    """Remove what a killed save left behind."""
    if folder.is_dir():
        _remove(path for path in folder.iterdir() if path.name.startswith("."))


def _file(folder: Path, expert: str) -> Path:
    return folder / f"{expert}.safetensors"


def _remove(paths) -> None:
    for path in list(paths):
        shutil.rmtree(path)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
