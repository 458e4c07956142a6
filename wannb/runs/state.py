"""What resume needs, in `state/<step:09d>/`: a safetensors file an expert, `state.json`, `manifest.json`; no pickle.

A state is written beside under a dotted name, its manifest last, synced and renamed, so a folder with nine digits is
complete. The last two are kept, so that a damaged one costs the steps since the one before and no more. On disk a
state is about three times the fp32 LoRAs with AdamW (weights and two moments; four times with EMA, little more than
one with 8 bits), and while one is being written there are three.
"""

import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from safetensors.torch import load_file, save_file
from torch import Tensor

from wannb.files import sync
from wannb.refusal import Refusal
from wannb.runs import manifest

KEPT = 2
_COMPLETE = re.compile(r"\d{9}")
_FACTS = "state.json"


class Loaded(NamedTuple):
    """tensors: by name for each expert; facts: what `save` was given, and `step`; damaged: what is wrong with each
    newer state that was passed over, as a sentence."""

    tensors: dict[str, dict[str, Tensor]]
    facts: dict[str, Any]
    damaged: list[str]


def save(folder: Path, step: int, experts: dict[str, dict[str, Tensor]], facts: dict[str, Any]) -> Path:
    """Write the state after `step` into `folder`; of the others only the one before it stays.

    experts: tensors by name for each expert; facts: what else to remember, as JSON. Where this fails, what was saved
    before stays as it was.
    """
    folder.mkdir(parents=True, exist_ok=True)
    clear_unfinished(folder)
    beside = Path(tempfile.mkdtemp(prefix=".writing-", dir=folder))
    try:
        _write(beside, experts, {**facts, "step": step, "experts": sorted(experts)})
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    target = folder / f"{step:09d}"
    if target.exists():
        os.rename(target, folder / f".old-{target.name}")
    os.rename(beside, target)
    sync(folder)
    clear_unfinished(folder)
    rotate(folder)
    return target


def newest(folder: Path) -> Path | None:
    """Return the newest state in `folder` of which every file has its full length, None where there is none."""
    return next((path for path in reversed(_states(folder)) if manifest.complete(path)), None)


def load(folder: Path) -> Loaded | None:
    """Return the newest state in `folder` whose contents are as they were written, None where none was ever saved.

    Raises Refusal where there are states and none is intact.
    """
    states, damaged = _states(folder), []
    for path in reversed(states):
        wrong = manifest.fault(path)
        if wrong is None:
            return Loaded(*_read(path), damaged)
        damaged.append(f"The saved state {path} is damaged ({wrong}) and was passed over.")
    if states:
        raise Refusal(f"{' '.join(damaged)} None is left: delete {folder} to begin the run anew.")
    return None


def set_aside_after(folder: Path, step: int) -> None:
    """Hide the states after `step`, which were passed over: else the next save would take one for its predecessor.
    The next `clear_unfinished` removes them."""
    for path in _states(folder):
        if int(path.name) > step:
            os.rename(path, folder / f".damaged-{path.name}")


def rotate(folder: Path) -> None:
    """Remove all but the newest states, KEPT of them."""
    _remove(_states(folder)[:-KEPT])


def clear_unfinished(folder: Path) -> None:
    """Remove what a killed save left behind."""
    if folder.is_dir():
        _remove([path for path in folder.iterdir() if path.name.startswith(".")])


def _states(folder: Path) -> list[Path]:
    """The states by step, damaged ones too."""
    return sorted(path for path in folder.iterdir() if _COMPLETE.fullmatch(path.name)) if folder.is_dir() else []


def _write(folder: Path, experts: dict[str, dict[str, Tensor]], facts: dict[str, Any]) -> None:
    for expert, tensors in experts.items():
        save_file({name: tensor.cpu().contiguous() for name, tensor in tensors.items()}, _file(folder, expert))
        sync(_file(folder, expert))
    (folder / _FACTS).write_text(json.dumps(facts, indent=1, ensure_ascii=False), encoding="utf-8")
    sync(folder / _FACTS)
    manifest.write(folder)
    sync(folder)


def _read(path: Path) -> tuple[dict[str, dict[str, Tensor]], dict[str, Any]]:
    try:
        facts = json.loads((path / _FACTS).read_text(encoding="utf-8"))
        return {expert: load_file(_file(path, expert)) for expert in facts["experts"]}, facts
    except Exception as error:
        raise Refusal(f"The saved state {path} cannot be read ({error}): delete that folder and resume.") from error


def _file(folder: Path, expert: str) -> Path:
    return folder / f"{expert}.safetensors"


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        shutil.rmtree(path)
