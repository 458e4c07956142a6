"""`manifest.json` of a saved state: the size and SHA-256 of every other file in its folder, written last."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from wannb.files import sync

NAME = "manifest.json"


def write(folder: Path) -> None:
    """List the files of `folder` in its manifest, and wait until the manifest is on the disk."""
    files = sorted(path for path in folder.iterdir() if path.name != NAME)
    listed = {path.name: {"size": path.stat().st_size, "sha256": _sha256(path)} for path in files}
    (folder / NAME).write_text(json.dumps({"files": listed}, indent=1))
    sync(folder / NAME)


def complete(folder: Path) -> bool:
    """Whether every file of the manifest is there in its full length; reads no contents."""
    return _unlike(folder, _whole) is None


def fault(folder: Path) -> str | None:
    """Return what is wrong with `folder`, sizes and contents, as a clause; None where it is as it was written."""
    short = _unlike(folder, _whole)
    if short:
        return f"{short} is missing or cut off"
    changed = _unlike(folder, _same)
    return f"{changed} is not as it was written" if changed else None


def _unlike(folder: Path, alike: Callable[[Path, dict[str, Any]], bool]) -> str | None:
    """Return the first name of the manifest that is missing or not `alike`; None where all are."""
    try:
        files: dict[str, Any] = json.loads((folder / NAME).read_text())["files"]
    except (OSError, ValueError, KeyError, TypeError):
        return NAME
    for name, facts in files.items():
        try:
            if Path(name).name != name or not alike(folder / name, facts):
                return name
        except (OSError, KeyError, TypeError):
            return name
    return None


def _whole(path: Path, facts: dict[str, Any]) -> bool:
    return path.stat().st_size == facts["size"]


def _same(path: Path, facts: dict[str, Any]) -> bool:
    return _sha256(path) == facts["sha256"]


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
