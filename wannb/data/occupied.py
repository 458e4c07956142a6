"""What files take on a disk already."""

import os
from pathlib import Path

MOST = 5000
"""Files that are added up; a larger folder is not looked through at every change of a setting."""


def bytes_in(folder: Path, most: int = MOST) -> int:
    """Bytes of the files below `folder`, of `most` of them where there are more; 0 where there is none."""
    total, waiting, seen = 0, [str(folder)], 0
    while waiting and seen < most:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    else:
                        total, seen = total + entry.stat(follow_symlinks=False).st_size, seen + 1
        except OSError:
            continue
    return total


def same_disk(one: Path, other: Path) -> bool:
    """Whether both are, or would be made, on one disk; so it is taken where that cannot be told."""
    try:
        return _there(one).stat().st_dev == _there(other).stat().st_dev
    except OSError:
        return True


def _there(path: Path) -> Path:
    """The nearest folder above `path` that exists."""
    path = path.absolute()
    while not path.exists() and path != path.parent:
        path = path.parent
    return path
