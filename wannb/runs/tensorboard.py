"""TensorBoard event files, written directly: a record a step costs microseconds and needs no TensorBoard installed.

A file is a TFRecord sequence (length, masked CRC-32C of it, data, masked CRC-32C of that) of `Event` messages:
tensorflow/core/lib/io/record_writer.cc and tensorflow/core/util/event.proto. They are derived from `metrics.jsonl` and
`validation.jsonl`: a resumed run writes them anew from the rows that stay, which purges the steps after.
"""

import struct
import time
from pathlib import Path
from typing import Any

from wannb.files import append, replacing
from wannb.runs.tfrecord import record


class EventWriter:
    """Appends scalars to a new event file in `folder`; older event files there are replaced by it."""

    def __init__(self, folder: Path, rows: list[dict[str, Any]]):
        stale = list(folder.glob("events.out.tfevents.*"))
        path = folder / _later_name(stale)
        with replacing(path) as temporary:
            temporary.write_bytes(record(_version()) + b"".join(record(_event(row)) for row in rows))
        for file in stale:
            file.unlink()
        self._file = open(path, "ab", buffering=0)

    def append(self, row: dict[str, Any]) -> None:
        """Write the scalars of one row of `metrics.jsonl` or `validation.jsonl`."""
        append(self._file, record(_event(row)))

    def close(self) -> None:
        self._file.close()


def scalars(row: dict[str, Any]) -> dict[str, float]:
    """Return tag -> value for a row of `metrics.jsonl` or `validation.jsonl`; the experts have curves of their own."""
    stage = row["stage"]
    if "per_quantile" in row:
        return {f"validation/{stage}": row["loss"]}
    return {f"{name}/{stage}": row[name] for name in ("loss", "lr", "grad_norm", "seconds") if name in row}


def _later_name(stale: list[Path]) -> str:
    """Readers go to a file whose name sorts after the one they know: never reuse or undercut a second."""
    seconds = [int(part) for file in stale if (part := file.name.split(".")[3]).isdigit()]
    return f"events.out.tfevents.{max([int(time.time()), *(second + 1 for second in seconds)]):010d}.wannb"


def _event(row: dict[str, Any]) -> bytes:
    """Event{wall_time=1: double, step=2: int64, summary=5: Summary{value=1: {tag=1, simple_value=2: float}}}."""
    values = b"".join(_field(1, _field(1, tag.encode()) + b"\x15" + struct.pack("<f", value))
                      for tag, value in scalars(row).items())
    return _wall_time(row.get("time")) + b"\x10" + _varint(row["step"]) + _field(5, values)


def _version() -> bytes:
    return _wall_time(None) + _field(3, b"brain.Event:2")


def _wall_time(seconds: float | None) -> bytes:
    return b"\x09" + struct.pack("<d", time.time() if seconds is None else seconds)


def _field(number: int, data: bytes) -> bytes:
    return bytes([number << 3 | 2]) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
