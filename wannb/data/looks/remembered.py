"""Looks that were taken before, in memory and below the user's cache folder, for as long as the file is the same."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from wannb.data.content import digest
from wannb.data.facts import VideoFacts
from wannb.data.facts_sent import from_dict, to_dict
from wannb.data.looks.look import Look
from wannb.data.looks.signature import Signature
from wannb.data.unusable import Unusable

VERSION = "looks-3"
"""Goes up when a look, or what is probed, is another than before."""
Seen = tuple[VideoFacts | Unusable, Look | None]

_KINDS = {"|u1": np.dtype("u1"), "<f4": np.dtype("<f4")}
_MOST_KNOWN = 20000
MOST_BYTES = 512 * 2**20
"""What all looks on the disk may take: those of some 15,000 clips."""
_NOW_AND_THEN = 500
_written = 0
_KNOWN: dict[str, Seen] = {}


def recall(path: Path) -> Seen | None:
    """What was seen of the file as it is now, None where it was not looked at or cannot be opened."""
    try:
        key = key_of(path)
    except OSError:
        return None
    if key not in _KNOWN:
        try:
            file = _file(key)
            _keep(key, unpacked(file.read_bytes()))
            os.utime(file)  # the oldest are pruned first
        except (OSError, ValueError, KeyError, TypeError, RuntimeError):  # none, or not as it was written
            return None
    return _KNOWN[key]


def keep(key: str, facts: VideoFacts | Unusable, seen: Look | None) -> None:
    """Keep what was seen of the file that has `key` for as long as this process runs."""
    _keep(key, (facts, seen))


def remember(facts: VideoFacts | Unusable, seen: Look | None, key: str) -> None:
    """Keep what was seen of the file that had `key`; where the disk takes nothing, in memory alone."""
    _keep(key, (facts, seen))
    try:
        _write(_file(key), packed(facts, seen))
        _tidy()
    except OSError:
        return


def _tidy() -> None:
    """Every so many looks, prune."""
    global _written
    _written += 1
    if _written % _NOW_AND_THEN == 1:
        prune(folder())


def prune(home: Path, most: int = MOST_BYTES) -> None:
    """Remove the looks below `home` that were read or written the longest ago, until the rest take `most` bytes.

    Each goes at once or not at all, and one that is gone is taken anew; other processes may prune too.
    """
    found = []
    for file in home.glob("??/*.look"):
        try:
            stat = file.stat()
        except OSError:  # another process was here
            continue
        found.append((stat.st_mtime_ns, stat.st_size, file))
    over = sum(size for _, size, _ in found) - most
    for _, size, file in sorted(found):
        if over <= 0:
            return
        file.unlink(missing_ok=True)
        over -= size


def _write(file: Path, data: bytes) -> None:
    """Whole or not at all; it need not outlive a power cut, so nothing waits for the disk."""
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_suffix(f".{os.getpid()}.part")
    try:
        temporary.write_bytes(data)
        os.replace(temporary, file)
    finally:
        temporary.unlink(missing_ok=True)


def key_of(path: Path) -> str:
    """sha256 (hex) that another file in its place, or another time of change, does not have; raises OSError."""
    stat = path.stat()
    numbers = (stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino)
    return digest(VERSION, os.fsencode(path.absolute()).hex(), *map(str, numbers))


def packed(facts: VideoFacts | Unusable, seen: Look | None) -> bytes:
    """A line of JSON, then the arrays it names, as they lie in memory."""
    head: dict[str, Any] = to_dict(facts)
    arrays: dict[str, np.ndarray] = {}
    if seen:
        plain = ("frames", "fps", "cuts", "still_start", "still_end", "black", "box")
        head["look"] = {name: getattr(seen, name) for name in plain}
        arrays = {"motion": seen.motion, "brightness": seen.brightness}
        if seen.signature:
            head["step"] = seen.signature.step
            arrays |= {"luma": seen.signature.luma, "tint": seen.signature.tint}
    head["arrays"] = {name: [array.dtype.str, list(array.shape)] for name, array in arrays.items()}
    body = b"".join(np.ascontiguousarray(array).tobytes() for array in arrays.values())
    return json.dumps(head).encode() + b"\n" + body


def unpacked(data: bytes) -> Seen:
    """What `packed` was given; raises ValueError, KeyError or TypeError for other bytes."""
    line, _, body = data.partition(b"\n")
    head = json.loads(line)
    facts = from_dict(head)
    if "look" not in head:
        return facts, None
    arrays, at = {}, 0
    for name, (kind, shape) in head["arrays"].items():
        dtype = _KINDS[kind]
        size = dtype.itemsize * int(np.prod(shape))
        arrays[name] = np.frombuffer(body[at : at + size], dtype).reshape(shape)
        at += size
    plain = head["look"]
    plain |= {"cuts": tuple(plain["cuts"]), "black": tuple(map(tuple, plain["black"]))}
    plain["box"] = tuple(plain["box"]) if plain["box"] else None
    signature = Signature(arrays["luma"], arrays["tint"], head["step"]) if "step" in head else None
    return facts, Look(**plain, motion=arrays["motion"], brightness=arrays["brightness"], signature=signature)


def folder() -> Path:
    """Where looks lie: `$WANNB_CACHE/looks`, else `$XDG_CACHE_HOME/wannb/looks`, else `~/.cache/wannb/looks`."""
    if os.environ.get("WANNB_CACHE"):
        return Path(os.environ["WANNB_CACHE"]) / "looks"
    try:
        home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    except RuntimeError as error:  # a user without a home
        raise OSError(str(error)) from None
    return Path(home) / "wannb" / "looks"


def _file(key: str) -> Path:
    return folder() / key[:2] / f"{key[2:34]}.look"


def _keep(key: str, seen: Seen) -> None:
    while len(_KNOWN) >= _MOST_KNOWN:
        del _KNOWN[next(iter(_KNOWN))]
    _KNOWN[key] = seen
