"""A JSON-lines file that grows, read from where one stopped or from near its end: the cost is that of the new lines."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

Row = dict[str, Any]
RECENT = 1 << 19
"""Bytes at a file's end that hold the rows of some hundreds of steps."""


class Tail:
    """The rows of `path` that were not given yet; where the file was replaced (by a resumed run), from its start."""

    def __init__(self, path: Path):
        self.path, self._file, self._at = path, None, 0

    def rows(self, after: int | None = None) -> list[Row]:
        """Return the rows in whole lines since the last call, oldest first; none where there is no file (yet).

        after: leave out what lies before the last row whose step is at most this, without parsing it.
        """
        try:
            with open(self.path, "rb") as file:
                self._seek(file)
                new = file.read()
        except FileNotFoundError:
            return []
        whole = new[: new.rfind(b"\n") + 1]
        self._at += len(whole)
        return list(_until(whole, after))[::-1]

    def _seek(self, file: BinaryIO) -> None:
        facts = os.fstat(file.fileno())
        which = (facts.st_dev, facts.st_ino)
        if which != self._file or facts.st_size < self._at:
            self._file, self._at = which, 0
        file.seek(self._at)


def recent(path: Path) -> list[Row]:
    """Return the last rows of `path`, as many as RECENT bytes hold."""
    try:
        with open(path, "rb") as file:
            start = max(0, os.fstat(file.fileno()).st_size - RECENT)
            file.seek(start)
            data = file.read()
    except OSError:
        return []
    return [row for line in data.split(b"\n")[start > 0 :] if (row := _parsed(line)) is not None]


def _until(data: bytes, after: int | None) -> Iterator[Row]:
    """Yield the rows from the last one back to the first whose step is more than `after`."""
    for line in reversed(data.splitlines()):
        row = _parsed(line)
        if row is None:
            continue
        if after is not None and row.get("step", after) <= after:
            return
        yield row


def _parsed(line: bytes) -> Row | None:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) else None
