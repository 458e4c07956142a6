"""What a value in the file stands for: `[name]`, `${VARIABLE}` in paths, paths beside the job file."""

import os
import re
from pathlib import Path
from typing import Any

from wannb.refusal import Refusal

VARIABLE = re.compile(r"\$\{([^}]+)\}")


def substituted(value: Any, source: Any, unit: str) -> Any:
    """`value` with AI Toolkit's `[name]` replaced; in paths also `${VARIABLE}` and the job file's folder.

    Variables are looked up in paths only: a prompt ends up in files that get shared, and a variable may be a secret.
    """
    if isinstance(value, list):
        return [substituted(one, source, unit) for one in value]
    if isinstance(value, dict):
        return {key: substituted(one, source, unit) for key, one in value.items()}
    if not isinstance(value, str):
        return value
    value = value.replace("[name]", source.name)
    if unit in ("path", "output path"):
        value = VARIABLE.sub(_variable, value)
        if "\0" in value:
            raise Refusal(f"The path {value!r} has a NUL in it, which no file name can have: write it again.")
    return beside(value, source.folder) if unit == "path" else value


def beside(path: str, folder: Path | None) -> str:
    """An existing relative `path` made absolute against the job file's `folder`; any other as it stands."""
    if not path or folder is None or Path(path).is_absolute():
        return path
    candidate = folder / path
    return str(candidate.resolve()) if _exists(candidate) else path


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _variable(match: re.Match) -> str:
    try:
        return os.environ[match[1]]
    except KeyError:
        raise Refusal(f"A path of the job uses {match[0]}, which is not set: set it or write the path.") from None
