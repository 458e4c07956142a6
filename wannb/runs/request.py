"""What a reader asks of the process that trains: a small JSON file in the run's `control/`, answered in the events."""

import json
import re
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from wannb.files import write_atomically
from wannb.refusal import Refusal

STOP = "stop"
"""Also why a run stopped that was asked to so; signals have their own names."""

KINDS = (STOP, "pause", "go on", "save", "preview", "lr", "steps", "prompts")
LARGEST = 1 << 20  # bytes
SET_ASIDE = "refused"
"""The folder in `control/` for what could not be done."""

_NAME = re.compile(r"\d{20}-[0-9a-f]{8}\.json")
_ID = re.compile(r"[0-9a-f]{8}")


@dataclass(frozen=True)
class Request:
    """One wish: `values` are what its kind needs, unchecked (`edits` checks them). `file` is where it was found."""

    id: str
    kind: str
    values: dict[str, Any] = field(default_factory=dict)
    file: Path | None = None


def write(folder: Path, kind: str, **values: Any) -> Request:
    """Put a request into `folder`, whole or not at all; raises Refusal where it cannot be written."""
    request = Request(secrets.token_hex(4), kind, values)
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    if folder.is_symlink():  # which may lead anywhere
        raise Refusal(f"{folder} is a link: requests belong into the run itself.")
    text = json.dumps({"id": request.id, "kind": kind, "at": at, **values}, ensure_ascii=False, allow_nan=False)
    try:
        write_atomically(folder / f"{time.time_ns():020d}-{request.id}.json", text)
    except OSError as error:
        raise Refusal(
            f"{folder} cannot be written to ({error.strerror}): ask from where the run can be written."
        ) from None
    return request


def waiting(folder: Path) -> Iterator[Path]:
    """Yield what lies in `folder` by name, which is the order in which it was asked for; no half-written files."""
    try:
        names = sorted(path.name for path in folder.iterdir())
    except OSError:
        return
    yield from (folder / name for name in names if name != SET_ASIDE and not name.startswith("."))


def read(path: Path) -> Request:
    """Return the request in `path`; raises Refusal, to be answered, for anything that is none."""
    if not _NAME.fullmatch(path.name) or path.is_symlink() or not path.is_file():
        raise Refusal(f"{path.name!r} is no request: ask by `wannb.Run` or the shell.")
    if path.stat().st_size > LARGEST:
        raise Refusal(f"{path.name!r} is larger than {LARGEST >> 20} MiB: no request is.")
    try:
        mapping = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        raise Refusal(f"{path.name!r} is not JSON: ask by `wannb.Run` or the shell.") from None
    if not isinstance(mapping, dict) or not _ID.fullmatch(str(mapping.get("id"))):
        raise Refusal(f"{path.name!r} has no id: ask by `wannb.Run` or the shell.")
    if mapping.get("kind") not in KINDS:
        raise Refusal(f"{str(mapping.get('kind'))[:40]!r} is no kind of request: there are {', '.join(KINDS)}.")
    values = {name: value for name, value in mapping.items() if name not in ("id", "kind", "at")}
    return Request(mapping["id"], mapping["kind"], values, path)


def set_aside(path: Path) -> bool:
    """Move what cannot be done to `refused/`; return whether it is gone from where it was."""
    try:
        target = path.parent / SET_ASIDE
        target.mkdir(exist_ok=True)
        if not target.is_symlink():  # which would lead out of the run
            path.rename(target / path.name)
    except OSError:
        return False
    return not path.exists()
