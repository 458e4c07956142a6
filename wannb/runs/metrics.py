"""`metrics.jsonl`: one line an optimizer step."""

import os
from pathlib import Path
from typing import Any

from wannb.runs.columns import Columns
from wannb.runs.lines import LineWriter, read_lines, write_lines
from wannb.runs.scanning import Lines

open_metrics = LineWriter
BLOCK = 1 << 16  # bytes that a look at the end of a file begins with


def read(path: Path) -> list[dict[str, Any]]:
    """Return one row a step, oldest first; a half-written last line is left out."""
    return [row for row in read_lines(path) if isinstance(row.get("step"), int)]


def columns(path: Path) -> Columns:
    """Return what is in `path` now, one row a step, oldest first; nothing of it is parsed yet."""
    return Columns(Lines(path.read_bytes() if path.exists() else b""))


def tail(path: Path, count: int) -> Columns:
    """Return the last `count` rows, oldest first, reading little more of the file than they take."""
    if not path.exists():
        return Columns(Lines(b""))
    with open(path, "rb") as file:
        end, length = file.seek(0, os.SEEK_END), BLOCK
        while True:
            start = file.seek(max(0, end - length))
            data = file.read(end - start)
            rows = Columns(Lines(data[data.find(b"\n") + 1 if start else 0 :]))
            if len(rows) >= count or not start:
                return rows[max(0, len(rows) - count) :]
            length *= 4


def truncate(path: Path, step: int) -> list[dict[str, Any]]:
    """Drop the rows after `step`, which a resumed run writes again; return those that stay."""
    kept = [row for row in read(path) if row["step"] <= step]
    write_lines(path, kept)
    return kept
