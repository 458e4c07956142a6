"""What was appended to a log since the last look, at the cost of what was appended, across resumes too."""

from array import array
from pathlib import Path
from typing import BinaryIO
from zlib import crc32

from wannb.runs.columns import Columns, Table
from wannb.runs.scanning import Column, Lines, as_column


class Follower:
    """Follows a `.jsonl` log that one process writes, from the start of the file; a missing one has no rows yet.

    `new()` returns the rows appended since it was last called. A resumed run drops the steps after its last saved state
    and writes them again: then `back_to` is the last step that still holds (0: none does) until the next call, and
    `new()` returns what comes after it. `held` are the columns `names` of all rows that hold.
    """

    def __init__(self, path: str | Path, *names: str):
        self.path, self.step, self.back_to = Path(path), 0, None
        self._names = list(dict.fromkeys(["step", *names])) if names else []
        self._kept: dict[str, list] = {name: [] for name in self._names}
        self._ends, self._sums = array("q"), array("Q")  # of each line: where it ends, and its CRC-32

    @property
    def read(self) -> int:
        """Bytes of the file that were read so far."""
        return self._ends[-1] if self._ends else 0

    def new(self, most: int | None = None) -> Columns:
        """Return the rows that are new; a half-written last line waits for the next call.

        most: read at most so many bytes, which hold a line at least, and leave the rest for the next call.
        """
        self.back_to = None
        if not self.path.exists():
            return self._add(b"")
        with open(self.path, "rb") as file:
            if self._ends and not self._same(file, len(self._ends) - 1):
                self._go_back(file)
            file.seek(self.read)
            return self._add(file.read(-1 if most is None else most))

    @property
    def held(self) -> Columns:
        """The columns that the follower was asked to keep, and `step`, of every row that holds."""
        return Columns(Table({name: as_column(values) for name, values in self._kept.items()}))

    def _add(self, data: bytes) -> Columns:
        data = data[: data.rfind(b"\n") + 1]
        end = self.read
        for line in data.splitlines(keepends=True):
            end += len(line)
            self._ends.append(end)
            self._sums.append(crc32(line))
        rows = Columns(Lines(data))
        if len(rows):
            if rows[0]["step"] < self.step:  # appended without a cut: the later row holds
                self._forget(rows[0]["step"] - 1)
            self.step = rows[-1]["step"]
        for name, values in self._kept.items():
            values.extend(_plain(rows[name]) if name in rows else [None] * len(rows))
        return rows

    def _go_back(self, file: BinaryIO) -> None:
        """Cut what is known to the lines that the file still has: the first ones, as it is cut only at its end."""
        good, bad = 0, len(self._ends)
        while good < bad:
            middle = (good + bad) // 2
            good, bad = (middle + 1, bad) if self._same(file, middle) else (good, middle)
        del self._ends[good:], self._sums[good:]
        last = Lines(self._line(file, good - 1)) if good else ()
        self._forget(last.row(0)["step"] if len(last) else 0)

    def _forget(self, step: int) -> None:
        """Drop what is held after `step`, and say so."""
        self.back_to = self.step = step
        steps = self._kept.get("step", [])
        stay = next((i + 1 for i in range(len(steps) - 1, -1, -1) if steps[i] <= step), 0)
        for values in self._kept.values():
            del values[stay:]

    def _same(self, file: BinaryIO, index: int) -> bool:
        return crc32(self._line(file, index)) == self._sums[index]

    def _line(self, file: BinaryIO, index: int) -> bytes:
        start = self._ends[index - 1] if index else 0
        file.seek(start)
        return file.read(self._ends[index] - start)


def _plain(column: Column) -> list:
    return column if isinstance(column, list) else column.tolist()
