"""Which files of a folder are clips, and which only look like it."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from wannb.data.video import IMAGE_SUFFIXES, VIDEO_SUFFIXES

MOVING_IMAGES = frozenset({".gif"})
FOREIGN = frozenset(".mpg .mpeg .ts .mts .m2ts .3gp .ogv .vob .apng .avif .heic .heif .tif .tiff .jxl".split())
"""Pictures of kinds that neither AI Toolkit nor we read."""
_SYSTEM_FOLDERS = frozenset({"__MACOSX", "_controls", "_latent_cache", "_t_e_cache", "_clip_vision_cache"})


@dataclass
class Listing:
    """Paths below `root`, sorted by name; `files` are taken for clips, the rest is named in findings."""

    root: Path
    files: list[Path] = field(default_factory=list)
    outside: list[Path] = field(default_factory=list)
    linked_folders: list[Path] = field(default_factory=list)
    foreign: list[Path] = field(default_factory=list)
    set_aside: list[Path] = field(default_factory=list)
    others: list[Path] = field(default_factory=list)


def listed(root: Path) -> Listing:
    """Walk `root` and its sub-folders.

    Hidden names (also macOS's `._x.mp4`) and AI Toolkit's caches are passed over in silence; folders that begin with
    `_` are set aside; links that leave the folder, and linked folders, are not followed.
    """
    found = Listing(root)
    allowed = _allowed(root)
    for folder, folders, names in os.walk(root):
        here = Path(folder)
        for name in list(folders):
            if _passed_over(name) or (here / name).is_symlink() or name.startswith("_"):
                folders.remove(name)
                _note_folder(found, here / name)
        for name in names:
            if not name.startswith("."):
                _note_file(found, here / name, allowed)
    for paths in (found.files, found.outside, found.linked_folders, found.foreign, found.set_aside, found.others):
        paths.sort(key=lambda p: p.relative_to(root).as_posix())
    return found


def by_base(files: Iterable[Path]) -> dict[Path, list[Path]]:
    """`files` by their paths without the last suffix: what may belong to a clip is beside it under its base name."""
    found: dict[Path, list[Path]] = {}
    for path in files:
        found.setdefault(path.with_suffix(""), []).append(path)
    return found


def shown(path: Path, root: Path) -> str:
    """The name of `path` below `root`, fit for print: bytes of it that are not UTF-8 become question marks."""
    return path.relative_to(root).as_posix().encode("utf-8", "replace").decode()


def leads_outside(path: Path, root: Path) -> bool:
    """Whether `path` is, by a link, really a file of another place than `root`."""
    real = path.resolve()
    return not any(real.is_relative_to(place) for place in _allowed(root))


def _allowed(root: Path) -> list[Path]:
    """Where links may lead: into the folder, or, in a Hugging Face snapshot, to the blobs that it is made of."""
    real = root.resolve()
    blobs = [p.parent / "blobs" for p in (real, *real.parents) if p.name == "snapshots"]
    return [real, *(b.resolve() for b in blobs if b.is_dir())]


def _passed_over(name: str) -> bool:
    return name.startswith(".") or name in _SYSTEM_FOLDERS


def _note_folder(found: Listing, path: Path) -> None:
    if _passed_over(path.name):
        return
    (found.linked_folders if path.is_symlink() else found.set_aside).append(path)


def _note_file(found: Listing, path: Path, allowed: list[Path]) -> None:
    suffix = path.suffix.lower()
    if suffix in FOREIGN:
        found.foreign.append(path)
    elif suffix not in VIDEO_SUFFIXES | IMAGE_SUFFIXES | MOVING_IMAGES:
        found.others.append(path)
    elif not path.is_symlink() or any(path.resolve().is_relative_to(place) for place in allowed):
        found.files.append(path)
    else:
        found.outside.append(path)
