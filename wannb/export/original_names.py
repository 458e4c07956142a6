"""A diffusers expert as ComfyUI has it: one file, Wan's original names (formats.md 2.1)."""

import json
import shutil
import struct
from pathlib import Path

from wannb.files import replacing
from wannb.job import Job
from wannb.wan.adapters.key_names import original_key
from wannb.wan.loading.source import EXPERT_FOLDERS

PIECE = 1 << 24  # bytes copied at a time


def rewrite(job: Job, folder: Path) -> list[Path]:
    """Turn both expert folders in `folder` into `<name>_high_noise_14B.safetensors` and `…_low_…`, and remove them."""
    made = []
    for expert, part in EXPERT_FOLDERS.items():
        target = folder / f"{job.name}_{expert}_noise_14B.safetensors"
        join(sorted((folder / part).glob("*.safetensors")), target)
        shutil.rmtree(folder / part)
        made.append(target)
    return made


def join(shards: list[Path], target: Path) -> None:
    """Write the tensors of `shards` under their original names as one file, a piece at a time."""
    entries, start = {}, 0
    parts = []  # (shard, where its weights begin)
    for shard in shards:
        with open(shard, "rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            header = json.loads(file.read(length))
        header.pop("__metadata__", None)
        for name, entry in header.items():
            begin, end = entry["data_offsets"]
            entries[original_key(name)] = {**entry, "data_offsets": [start + begin, start + end]}
        start += max((entry["data_offsets"][1] for entry in header.values()), default=0)
        parts.append((shard, 8 + length))
    data = json.dumps({"__metadata__": {"format": "pt"}, **entries}, separators=(",", ":")).encode()
    data += b" " * (-len(data) % 8)
    with replacing(target) as temporary, open(temporary, "wb") as new:
        new.write(struct.pack("<Q", len(data)) + data)
        for shard, begin in parts:
            with open(shard, "rb") as file:
                file.seek(begin)
                shutil.copyfileobj(file, new, PIECE)
