"""`metrics.jsonl`: one line an optimizer step."""

from pathlib import Path
from typing import Any

from wannb.runs.lines import LineWriter, read_lines, write_lines

open_metrics = LineWriter


def read(path: Path) -> list[dict[str, Any]]:
    """Return one row a step, oldest first; a half-written last line is left out."""
    return [row for row in read_lines(path) if isinstance(row.get("step"), int)]


def truncate(path: Path, step: int) -> list[dict[str, Any]]:
    """Drop the rows after `step`, which a resumed run writes again; return those that stay."""
    kept = [row for row in read(path) if row["step"] <= step]
    write_lines(path, kept)
    return kept
