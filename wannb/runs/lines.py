"""JSON lines: one object a line, one `write` each, so that a killed writer leaves at most one half line."""

import json
import os
from pathlib import Path
from typing import Any

from wannb.files import append, write_atomically


class LineWriter:
    """Appends objects to a `.jsonl` file; every line reaches the kernel before `append` returns."""

    def __init__(self, path: Path):
        self._file = open(path, "ab", buffering=0)

    def append(self, row: dict[str, Any]) -> None:
        append(self._file, _line(row))

    def sync(self) -> None:
        """Wait until what was appended is on the disk."""
        os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Return the objects in `path`, oldest first; half lines are left out, a missing file has none."""
    if not path.exists():
        return []
    rows = (_object(line) for line in path.read_bytes().split(b"\n"))
    return [row for row in rows if row is not None]


def write_lines(path: Path, rows: list[dict[str, Any]]) -> None:
    """Replace `path` by `rows` in one go."""
    write_atomically(path, b"".join(_line(row) for row in rows))


def _line(row: dict[str, Any]) -> bytes:
    return json.dumps(row, ensure_ascii=False, allow_nan=False).encode() + b"\n"


def _object(line: bytes) -> dict[str, Any] | None:
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) else None
