"""The header of a `.safetensors` file: which tensors it holds and how, without reading one of them."""

import json
import math
import struct
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from wannb.job.parts.misfit import Misfit
from wannb.words import say

LARGEST = 100_000_000  # bytes of a header; the format allows no more
BITS = {"F64": 64, "F32": 32, "F16": 16, "BF16": 16, "I64": 64, "I32": 32, "I16": 16, "I8": 8, "U8": 8, "BOOL": 8}
AGAIN = say("Download it again.")


@dataclass(frozen=True)
class Tensor:
    """One entry: `dtype` as the format writes it (`BF16`), and the bytes of the file that hold it."""

    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int


@dataclass(frozen=True, eq=False)
class TensorFile:
    """`tensors` by name, in the order of the file; `metadata` is what the writer said of it. One object for each state
    of a file, so that what is found out of it can be remembered by it."""

    path: Path
    tensors: dict[str, Tensor]
    metadata: dict[str, str]

    @classmethod
    def read(cls, path: Path) -> "TensorFile":
        """Read the header; raises Misfit for what is no whole safetensors file, and says what it is instead."""
        try:
            stat = path.stat()
        except OSError:
            raise Misfit("model-missing", say("There is no file {path}.", path=path), AGAIN) from None
        return _read(path, stat.st_size, stat.st_mtime_ns)

    def bytes_of(self, name: str) -> bytes:
        """The tensor's bytes as they stand in the file."""
        entry = self.tensors[name]
        with open(self.path, "rb") as file:
            file.seek(entry.begin)
            return file.read(entry.end - entry.begin)


@lru_cache(maxsize=256)
def _read(path: Path, size: int, changed: int) -> TensorFile:
    """`size` and `changed` (ns) make the cache forget a file that was written anew."""
    try:
        with open(path, "rb") as file:
            first = file.read(64)
            _refuse_others(path, first)
            (length,) = struct.unpack("<Q", first[:8])
            if length > LARGEST:
                raise _damaged(path, say("{path} is no safetensors file.", path=path))
            file.seek(8)
            header = file.read(length)
    except OSError as error:
        raise _damaged(path, say("{path} cannot be read ({error}).", path=path, error=error.strerror)) from error
    if len(header) < length:
        raise _damaged(path, say("{path} is empty or cut off.", path=path))
    try:
        entries = json.loads(header)
        metadata = entries.pop("__metadata__", None) or {}
        tensors = {name: _tensor(entry, 8 + length) for name, entry in entries.items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise _damaged(path, say("{path} is no safetensors file.", path=path)) from None
    whole = max((one.end for one in tensors.values()), default=8 + length)
    if size < whole:
        message = say("{path} is cut off: {size} of {whole} bytes are there.", path=path, size=size, whole=whole)
        raise _damaged(path, message)
    if size > whole:
        raise _damaged(path, say("{path} has more bytes than its header says.", path=path))
    return TensorFile(path, tensors, {str(key): str(value) for key, value in metadata.items()})


def _tensor(entry: dict[str, Any], start: int) -> Tensor:
    begin, end = entry["data_offsets"]
    shape = tuple(int(one) for one in entry["shape"])
    bits = BITS.get(entry["dtype"])
    if not 0 <= begin <= end or bits and math.prod(shape) * bits != 8 * (end - begin):
        raise ValueError("a tensor is not as long as its shape")
    return Tensor(str(entry["dtype"]), shape, start + begin, start + end)


def _refuse_others(path: Path, first: bytes) -> None:
    """Raise Misfit where the file begins as another kind does."""
    if first.startswith(b"version https://git-lfs"):
        message = say("{path} is a Git LFS pointer in place of the weights.", path=path)
        raise Misfit("model-damaged", message, say("Fetch them with git lfs pull, or download the file again."))
    if first.startswith(b"GGUF"):
        message = say("{path} is a GGUF file, which is quantized to run and not to train.", path=path)
        raise Misfit("wrong-checkpoint", message, say("Take the fp16 or bf16 file (.safetensors) of it."))
    if first.startswith((b"PK\x03\x04", b"\x80\x02", b"\x80\x04", b"\x80\x05")):
        message = say("{path} is a pickle, which could run anything when it is opened.", path=path)
        raise Misfit("wrong-checkpoint", message, say("Take the fp16 or bf16 file (.safetensors) of it."))
    if first.lstrip()[:5].lower() in (b"<html", b"<!doc"):
        raise _damaged(path, say("{path} is a web page in place of the weights.", path=path))
    if len(first) < 10:
        raise _damaged(path, say("{path} is empty or cut off.", path=path))


def _damaged(path: Path, message: str) -> Misfit:
    return Misfit("model-damaged", message, AGAIN)
