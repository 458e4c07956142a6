"""Small clip folders for the Inspector's tests: a ball that rolls, with dead time, bars or a cut."""

from pathlib import Path

import numpy as np

from wannb.data.video_file import write_mp4

WIDE, HIGH, FPS = 96, 64, 16


def rolling(frames: int, colour: tuple[int, int, int] = (230, 90, 60), ground: tuple[int, int, int] = (40, 60, 120)):
    """uint8 [F, H, W, 3]: a ball that goes from left to right."""
    rows, columns = np.mgrid[:HIGH, :WIDE]
    made = np.empty((frames, HIGH, WIDE, 3), np.uint8)
    made[:] = np.asarray(ground) + (columns[..., None] // 4)
    for i, frame in enumerate(made):
        centre = WIDE * (0.15 + 0.7 * i / max(1, frames - 1))
        frame[(columns - centre) ** 2 + (rows - HIGH / 2) ** 2 < 144] = colour
    return made


def dead_time(path: Path, before: int = 12, moving: int = 40, after: int = 8) -> Path:
    """A clip that stands still at both ends."""
    clip = rolling(moving)
    write_mp4(path, np.concatenate([np.repeat(clip[:1], before, 0), clip, np.repeat(clip[-1:], after, 0)]), FPS)
    return path


def barred(path: Path, frames: int = 33, bar: int = 16) -> Path:
    """A clip with black bars above and below."""
    clip = np.pad(rolling(frames), ((0, 0), (bar, bar), (0, 0), (0, 0)))
    write_mp4(path, clip, FPS)
    return path


def two_scenes(path: Path, each: int = 30) -> Path:
    """A clip with one cut, at frame `each`."""
    other = rolling(each, (80, 200, 90), (150, 120, 60))[:, :, ::-1]
    write_mp4(path, np.concatenate([rolling(each), other]), FPS)
    return path


def clip_set(folder: Path) -> Path:
    """Three clips with faults and a plain one, all but one of them with captions."""
    folder.mkdir(parents=True, exist_ok=True)
    dead_time(folder / "dead.mp4")
    barred(folder / "bars.mp4")
    two_scenes(folder / "scenes.mp4")
    write_mp4(folder / "plain.mp4", rolling(41), FPS)
    (folder / "dead.txt").write_text("a red ball rolls to the right")
    (folder / "bars.txt").write_text("a red ball rolls to the left")
    (folder / "plain.txt").write_text("a red ball, rolling")
    return folder
