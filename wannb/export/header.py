"""More facts in a safetensors file's header, its weights as they were."""

import hashlib
import json
import struct
from pathlib import Path

from wannb.files import replacing

PIECE = 1 << 24  # bytes copied at a time


def copy_with(source: Path, target: Path, facts: dict[str, str]) -> None:
    """Copy `source` to `target` with `facts` added to its metadata, and `modelspec.hash_sha256`, the hash of the
    weights' bytes as modelspec has it. The file appears whole; equal files and facts give equal bytes."""
    with open(source, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        metadata = header.pop("__metadata__", {}) | facts | {"modelspec.hash_sha256": f"0x{_hash(file)}"}
        named = {"__metadata__": dict(sorted(metadata.items())), **header}
        data = json.dumps(named, ensure_ascii=False, separators=(",", ":")).encode()
        data += b" " * (-len(data) % 8)  # weights begin at a multiple of 8
        file.seek(8 + length)
        with replacing(target) as temporary, open(temporary, "wb") as new:
            new.write(struct.pack("<Q", len(data)) + data)
            while piece := file.read(PIECE):
                new.write(piece)


def _hash(file) -> str:
    digest = hashlib.sha256()
    while piece := file.read(PIECE):
        digest.update(piece)
    return digest.hexdigest()
