"""Whether a safetensors file is all there, by its own header: no sidecar to lose, and no torch to read it."""

import json
import struct
from pathlib import Path


def is_whole(path: Path) -> bool:
    """Whether the file `path` exists and is as long as its header says; reads the header alone."""
    try:
        size = path.stat().st_size
        with open(path, "rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            if length > size:
                return False
            header = json.loads(file.read(length))
        ends = [tensor["data_offsets"][1] for name, tensor in header.items() if name != "__metadata__"]
        return size == 8 + length + max(ends, default=0)
    except (OSError, ValueError, struct.error, AttributeError, LookupError, TypeError):
        return False
