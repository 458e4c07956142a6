"""The scalars in TensorBoard event files, whoever wrote them (tensorflow/core/util/event.proto)."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from wannb.runs.tfrecord import records

PATTERN = "events.out.tfevents.*"
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


@dataclass(frozen=True)
class Scalar:
    """One value of the curve `tag`; `time` in seconds since 1970."""

    tag: str
    step: int
    value: float
    time: float


def read(path: Path) -> Iterator[Scalar]:
    """Yield the scalars in the order in which they were written; damaged and half-written records are left out."""
    for data in records(path.read_bytes()):
        try:
            yield from _scalars(data)
        except (ValueError, IndexError, struct.error):
            continue


def _scalars(event: bytes) -> Iterator[Scalar]:
    time, step, summaries = 0.0, 0, []
    for number, kind, value in _fields(event):
        if (number, kind) == (1, _FIXED64):
            time = struct.unpack("<d", value)[0]
        elif (number, kind) == (2, _VARINT):
            step = value - (1 << 64) if value >> 63 else value
        elif (number, kind) == (5, _BYTES):
            summaries.append(value)
    for summary in summaries:
        for number, kind, value in _fields(summary):
            if (number, kind) == (1, _BYTES):
                yield from _scalar(value, step, time)


def _scalar(value: bytes, step: int, time: float) -> Iterator[Scalar]:
    """Yield Summary.Value{tag=1, simple_value=2} or, as newer writers have it, {tag=1, tensor=8} of one float."""
    tag, number = "", None
    for field, kind, content in _fields(value):
        if (field, kind) == (1, _BYTES):
            tag = content.decode()
        elif (field, kind) == (2, _FIXED32):
            number = content
        elif (field, kind) == (8, _BYTES):
            number = _one_float(content)
    if number is not None:
        yield Scalar(tag, step, struct.unpack("<f", number)[0], time)


def _one_float(tensor: bytes) -> bytes | None:
    """TensorProto{dtype=1 (1: float), tensor_content=4, float_val=5}."""
    fields = {number: value for number, _, value in _fields(tensor)}
    value = fields.get(5) or fields.get(4)
    return value if fields.get(1) == 1 and isinstance(value, bytes) and len(value) == 4 else None


def _fields(message: bytes) -> Iterator[tuple[int, int, int | bytes]]:
    """Yield number, wire type and value of each field; raises ValueError or IndexError where it is no message."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        kind = key & 7
        if kind == _VARINT:
            value, at = _varint(message, at)
        else:
            size, at = _varint(message, at) if kind == _BYTES else ({_FIXED64: 8, _FIXED32: 4}.get(kind, -1), at)
            if size < 0 or at + size > len(message):
                raise ValueError(f"a field of wire type {kind} that is cut off or unknown")
            value, at = message[at : at + size], at + size
        yield key >> 3, kind, value


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        value |= (message[at] & 0x7F) << shift
        if message[at] < 0x80:
            return value, at + 1
        at += 1
    raise ValueError("a number of more than ten bytes")
