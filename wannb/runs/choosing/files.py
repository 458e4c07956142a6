"""How large what a LoRA file adds is, read from the file alone."""

import json
import math
from functools import lru_cache
from pathlib import Path

import numpy as np

_LAYERS = 16
"""Layers that are read of a file, evenly over it."""
_JUMP, _APART = 3.0, 12.0
"""Times a file may be larger than the one before it, beyond what its steps explain, and than the other expert's."""
_NUMBERS = {"F32": "<f4", "F16": "<f2", "BF16": "<u2"}


def sizes(files: dict[int, Path]) -> dict[int, float]:
    """step -> ‖ΔW‖ over some layers (Frobenius); inf where a number is not finite. Other forms are left out."""
    found = {step: size_of(path) for step, path in files.items()}
    return {step: size for step, size in found.items() if size is not None}


def broken(mine: dict[int, float], other: dict[int, float]) -> set[int]:
    """The steps of an expert whose files jump in size or are no numbers; `other`: the sizes of the other expert's."""
    bad: set[int] = set()
    last: tuple[int, float] | None = None
    least_bad = math.inf
    for step, size in mine.items():
        beside = other.get(step)
        if not math.isfinite(size) or size > 0.5 * least_bad:  # as large as one that is broken
            bad.add(step)
        elif last and last[1] > 0 and size > _JUMP * last[1] * max(1.0, step / last[0]):
            bad.add(step)
        elif last is None and beside and math.isfinite(beside) and size > _APART * beside:
            bad.add(step)
        elif size > 0:
            last = step, size
        if step in bad and size > 0:
            least_bad = min(least_bad, size)
    return bad


def size_of(path: Path) -> float | None:
    """‖ΔW‖ over some layers of a LoRA file; None for one without `lora_A` and `lora_B`, or that cannot be read."""
    try:
        stat = path.stat()
        return _size(path, stat.st_mtime_ns, stat.st_size)
    except (OSError, ValueError, KeyError, TypeError):
        return None


@lru_cache(maxsize=4096)
def _size(path: Path, mtime_ns: int, size: int) -> float | None:
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
        names = sorted(name for name in header if name.endswith(".lora_A.weight"))
        at = np.unique(np.linspace(0, len(names) - 1, min(_LAYERS, len(names))).round().astype(int)) if names else []
        total = 0.0
        for name in (names[i] for i in at):
            a = _tensor(file, header[name], 8 + length)
            b = _tensor(file, header[name.replace(".lora_A.", ".lora_B.")], 8 + length)
            total += float(np.einsum("ij,ij->", b.T @ b, a @ a.T))  # ‖BA‖² = tr(BᵀB·AAᵀ)
    if not names:
        return None
    return math.sqrt(max(total, 0.0)) if math.isfinite(total) else math.inf


def _tensor(file, entry: dict, start: int) -> np.ndarray:
    """float64 [rows, columns]."""
    first, end = entry["data_offsets"]
    file.seek(start + first)
    raw = np.frombuffer(file.read(end - first), _NUMBERS[entry["dtype"]])
    if entry["dtype"] == "BF16":
        raw = (raw.astype("<u4") << 16).view("<f4")
    return raw.astype(np.float64).reshape(entry["shape"])
