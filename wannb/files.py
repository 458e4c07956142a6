"""Files appear whole or not at all, and names stay inside their folders."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from wannb.refusal import Refusal


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`, with its suffix; rename it there on success, remove it on failure."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.stem}.", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        sync(temporary)
        temporary.chmod(0o666 & ~_umask())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_atomically(path: str | Path, data: bytes | str) -> None:
    """Write `data` (text as UTF-8) so that a reader sees the old file or the new one, never a part."""
    with replacing(path) as temporary:
        temporary.write_bytes(data.encode() if isinstance(data, str) else data)


def write_lightly(path: Path, text: str) -> None:
    """As `write_atomically`, but without waiting for the disk: for what is replaced several times a second by one
    process and worth nothing after a crash."""
    beside = path.with_name(f".{path.stem}.________{path.suffix}")
    with open(beside, "w", encoding="utf-8", opener=no_follow) as file:
        file.write(text)
    os.replace(beside, path)


def append(file: BinaryIO, data: bytes) -> None:
    """Write all of `data` at the end of the unbuffered `file` or, where that fails (OSError), nothing: a full disk may
    take the first half of a line."""
    before = file.seek(0, os.SEEK_END)
    try:
        while data:
            data = data[file.write(data) :]
    except OSError:
        file.truncate(before)
        raise


def sync(path: Path) -> None:
    """Wait until the file `path` is on the disk, or, of a folder, the names in it: a rename outlives a power cut only
    then."""
    if path.is_dir() and os.name == "nt":  # Windows opens no folders
        return
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def no_follow(path: str, flags: int) -> int:
    """An `opener` for `open` that refuses a link in place of the file (OSError): a planted one may point anywhere."""
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), 0o666)


def inside(root: str | Path, relative: str | Path) -> Path:
    """Return `root / relative`; raise Refusal where that is not below `root` (absolute, `..`, a link out)."""
    root = Path(root).resolve()
    target = (root / relative).resolve()
    if not target.is_relative_to(root):
        raise Refusal(f"{str(relative)!r} leaves the folder {root}: use a name inside it.")
    return target


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
