"""Keys by content: the same pixels have the same key, changed pixels never keep one."""

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

PIXELS = "pixels-2"
"""Goes up when decoding, scaling or cropping gives other pixels than before."""


def content_key(
    path: Path,
    frames: Sequence[int],
    size: tuple[int, int],
    flip_x: bool,
    flip_y: bool,
    crop: tuple[int, int, int, int] | None = None,
) -> str:
    """sha256 (hex) of the file's bytes, the picked frames, the size, the flips and, where there is one, the crop."""
    marks = (",".join(map(str, frames)), f"{size[0]}x{size[1]}", str(flip_x), str(flip_y))
    cut = ("crop-1", ",".join(map(str, crop))) if crop else ()
    return digest(PIXELS, file_digest(path), *marks, *cut)


def digest(*parts: str) -> str:
    """sha256 (hex) of `parts`, each with its length, so that no two lists run together."""
    return hashlib.sha256("".join(f"{len(part.encode())}:{part};" for part in parts).encode()).hexdigest()


def file_digest(path: Path) -> str:
    """sha256 (hex) of the file's bytes, remembered until its size or time changes."""
    stat = path.stat()
    return _digest(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=4096)
def _digest(path: Path, mtime_ns: int, size: int) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
