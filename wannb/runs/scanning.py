"""Rows and columns straight from the bytes of a `.jsonl` file: a column of 10^6 rows without parsing 10^6 objects.

Made for what `LineWriter` writes: one object a line, `"step"` first, `": "` between key and value, at most flat objects
inside. Lines that look otherwise are parsed in full; those that are no object with a whole step are left out.
"""

import json
import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np

Row = dict[str, Any]
Column = np.ndarray | list
"""Numbers as an array, NaN where a row has none; anything else as a list, None where a row has none."""

_HEAD = b'{"step": '
_KEY = re.compile(rb'"([^"\\]+)": ')
_INNER = re.compile(rb": \{[^{}]*\}")
_BLOCK = 1 << 18  # rows of which the names are looked up at a time
_PIECE = 1 << 20  # bytes compared at a time: what fits a cache
_QUOTE, _MINUS, _ZERO, _NINE, _BACKSLASH = b'"-09\\'
_decode = json.JSONDecoder().raw_decode


class Lines:
    """The rows in `data`; a half line at its end is left out."""

    def __init__(self, data: bytes):
        self._data = data
        self._known: dict[str, Column] = {}

    def __len__(self) -> int:
        return len(self._starts)

    def row(self, index: int) -> Row:
        return json.loads(self._data[self._starts[index] : self._ends[index]])

    @cached_property
    def names(self) -> list[str]:
        """Every key of every row, in the order in which they come up."""
        found = dict.fromkeys(self.row(0)) if len(self) else {}
        for first in range(0, len(self), _BLOCK):
            last = min(first + _BLOCK, len(self)) - 1
            text = _INNER.sub(b": 0", self._data[self._starts[first] : self._ends[last]])
            found |= dict.fromkeys(sorted(key.decode() for key in set(_KEY.findall(text))))
        for odd in self._odd:
            found |= dict.fromkeys(self.row(odd))
        return list(found)

    def has(self, name: str) -> bool:
        """Whether any row has `name` itself, not inside a value."""
        return any(name in self.row(index) for index in (0, -1) if len(self)) or name in self.names

    def column(self, name: str) -> Column:
        """Return the values of `name`, one a row."""
        if name not in self._known:
            self._known[name] = as_column(list(self._values(name)))
        return self._known[name]

    def _values(self, name: str) -> Iterator[Any]:
        """Yield the raw values: numbers as bytes, all else decoded, None where a row has none."""
        data, odd = self._data, set(self._odd)
        key = json.dumps(name, ensure_ascii=False).encode() + b": "
        for row, (start, end) in enumerate(zip(self._starts.tolist(), self._ends.tolist(), strict=True)):
            at = data.find(key, start, end)
            while at > 0 and (data[at - 1] == _BACKSLASH or _inside(data, start, at)):
                at = data.find(key, at + 1, end)
            if row in odd:
                yield self.row(row).get(name)
            else:
                yield None if at < 0 else _value(data, at + len(key), end)

    @property
    def _starts(self) -> np.ndarray:
        return self._places[0]

    @property
    def _ends(self) -> np.ndarray:
        return self._places[1]

    @property
    def _odd(self) -> list[int]:
        """The rows that look otherwise."""
        return self._places[2]

    @cached_property
    def _places(self) -> tuple[np.ndarray, np.ndarray, list[int]]:
        """Where each row starts, where its newline is, and which look otherwise."""
        array = np.frombuffer(self._data, np.uint8)
        ends = _newlines(array)
        starts = np.concatenate([[0], ends[:-1] + 1]) if len(ends) else ends
        plain = _plain(self._data, array, starts, ends)
        good = plain.copy()
        for index in np.flatnonzero(~plain):
            good[index] = _is_row(self._data[starts[index] : ends[index]])
        return starts[good], ends[good], np.flatnonzero(~plain[good]).tolist()


def as_column(values: list[Any]) -> Column:
    """Return numbers (also as bytes) as an array, int64 where all are whole and there; anything else as a list."""
    for number in (int, float):
        try:
            return np.array([_as(number, one) for one in values], np.int64 if number is int else np.float64)
        except (ValueError, TypeError, OverflowError):
            pass
    return [_as(float, one) if type(one) is bytes else one for one in values]


def _as(number: type, value: Any) -> Any:
    if type(value) is bytes or type(value) is int or type(value) is number:
        return number(value)
    if value is None and number is float:
        return np.nan
    raise TypeError


def _newlines(array: np.ndarray) -> np.ndarray:
    pieces = range(0, len(array), _PIECE)
    found = [np.flatnonzero(array[first : first + _PIECE] == ord("\n")) + first for first in pieces]
    return np.concatenate(found) if found else np.empty(0, np.int64)


def _value(data: bytes, at: int, end: int) -> Any:
    """Return the value that begins at `at`, of the row that ends at `end`: a number as bytes, all else decoded."""
    first = data[at]
    if first == _MINUS or _ZERO <= first <= _NINE:
        after = data.find(b",", at, end)
        return data[at : end - 1 if after < 0 else after]
    if first == _QUOTE:
        text = data[at + 1 : data.find(b'"', at + 1, end)]
        if _BACKSLASH not in text:
            return text.decode()
    return _decode(data[at:end].decode())[0]


def _inside(data: bytes, start: int, at: int) -> bool:
    """Whether a key at `at`, of the row that begins at `start`, belongs to an object inside the row."""
    opened = data.rfind(b": {", start, at)
    return opened >= 0 and data.find(b"}", opened, at) < 0


def _plain(data: bytes, array: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Which lines look whole: the right start and end, no second row in them, no zeros as a power failure leaves."""
    good = ends - starts > len(_HEAD)
    for offset, byte in enumerate(_HEAD):
        good[good] = array[starts[good] + offset] == byte
    digits = array[starts[good] + len(_HEAD)]
    good[good] = (digits >= _ZERO) & (digits <= _NINE) & (array[ends[good] - 1] == ord("}"))
    for place in _strange(data, int(good.sum())):
        row = np.searchsorted(starts, place, "right") - 1
        good[row] &= place == starts[row]
    return good


def _strange(data: bytes, rows: int) -> Iterator[int]:
    """Yield where there are zeros, and where rows begin if there are more beginnings than `rows`."""
    for strange, there in ((b"\0", b"\0" in data), (_HEAD, data.count(_HEAD) != rows)):
        if there:
            yield from (match.start() for match in re.finditer(re.escape(strange), data))


def _is_row(line: bytes) -> bool:
    try:
        row = json.loads(line)
    except ValueError:
        return False
    return isinstance(row, dict) and type(row.get("step")) is int
