"""Copies of a folder's clips as they are trained on: trimmed, cropped, H.264, their captions beside them."""

import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count, repeat
from pathlib import Path

import numpy as np
from PIL import Image

from wannb.data import frames as picking
from wannb.data.boxes import inside
from wannb.data.captions import caption_file
from wannb.data.clip import Clip
from wannb.data.clips import ClipFolder
from wannb.data.frames import WAN_FPS
from wannb.data.listing import leads_outside
from wannb.data.video import iter_frames, read_frames
from wannb.data.video_file import encode
from wannb.refusal import Refusal

Progress = Callable[[int, int], None]
"""Called with how many clips are done, and of how many."""


def write_copies(
    folder: str | Path | ClipFolder,
    to: str | Path,
    fps: float | None = None,
    caption_ext: str = "txt",
    progress: Progress = lambda done, of: None,
) -> list[Path]:
    """Write each clip of `folder` that is not left out, each piece as a file, into the new folder `to`; return them.

    fps: frames a second, taken by their true time (None: the clip's own). Video becomes H.264 yuv420p of even width and
    height, a cropped image a PNG; what is whole and needs no change is copied byte for byte. Clips that cannot be read
    are passed over. `to` appears once all is written, and not at all where that is interrupted; nothing is ever written
    over. Raises Refusal where `to` is there already and not empty, or lies among the clips.
    """
    looked = folder if isinstance(folder, ClipFolder) else ClipFolder(folder, num_frames=1, caption_ext=caption_ext)
    if fps is not None and not 0 < fps <= 240:
        raise Refusal(f"Copies cannot be written at {fps} frames a second: use {WAN_FPS}, or none for the clips' own.")
    to = _free(Path(to).expanduser(), looked.path)
    part = to.with_name(f".{to.name}.part-{os.getpid()}")
    copies = _named(looked, fps)
    try:
        for done, (clip, name) in enumerate(copies):
            progress(done, len(copies))
            _write(clip, part / name, fps)
            _carry_caption(clip, part / name, looked)
        progress(len(copies), len(copies))
        _appear(part, to)
    except OSError as error:
        raise Refusal(f"The copies cannot be written to {to} ({error.strerror}): choose another folder.") from None
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return [to / name for _, name in copies]


def _free(to: Path, source: Path) -> Path:
    to = to.absolute()
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise Refusal(f"{to} is there already: nothing is written over, so choose a new folder.")
    if to.resolve().is_relative_to(source.resolve()):
        raise Refusal(f"{to} lies among the clips, and the copies would be trained on too: choose a folder beside it.")
    return to


def _appear(part: Path, to: Path) -> None:
    """All copies at once, by a rename."""
    if to.is_dir():
        to.rmdir()
    part.rename(to)


def _named(folder: ClipFolder, fps: float | None) -> list[tuple[Clip, Path]]:
    """Each usable clip and its copy's name below the new folder; pieces are numbered, and so are names that repeat."""
    if not folder.clips:
        raise Refusal(f"{folder.path} holds no clip that can be copied: see wannb inspect.")
    pieces = Counter(clip.path for clip in folder.clips)
    taken: set[str] = set()
    return [(clip, _name(clip, folder.path, pieces[clip.path] > 1, _suffix(clip, fps), taken)) for clip in folder.clips]


def _name(clip: Clip, root: Path, numbered: bool, suffix: str, taken: set[str]) -> Path:
    """`orbit.mp4`, or `orbit_1.mp4` and on where that is taken; noted in `taken`, in small letters as some disks do."""
    below = clip.path.relative_to(root).with_suffix("")
    names = (below.with_name(f"{below.name}_{i}" if i else below.name) for i in count(int(numbered)))
    name = next(name for name in names if name.as_posix().lower() not in taken)
    taken.add(name.as_posix().lower())
    return name.with_name(name.name + suffix)


def _suffix(clip: Clip, fps: float | None) -> str:
    if _stays(clip, fps):
        return clip.path.suffix
    return ".png" if clip.whole.is_image else ".mp4"


def _stays(clip: Clip, fps: float | None) -> bool:
    """Whether the file is already what its copy would be."""
    facts = clip.whole
    if facts.is_image:
        return clip.crop is None
    is_plain = facts.plain_colours and facts.plain_matrix and facts.square_pixels and facts.streams == 1
    is_sound = facts.even_time and not facts.fault and not facts.damaged_frames
    is_mp4 = facts.codec == "h264" and clip.path.suffix.lower() == ".mp4" and facts.container.startswith("mov")
    return clip.piece is None and is_mp4 and is_plain and is_sound and fps in (None, facts.fps)


def _write(clip: Clip, file: Path, fps: float | None) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    if _stays(clip, fps):
        shutil.copyfile(clip.path, file)
    elif clip.whole.is_image:
        Image.fromarray(np.ascontiguousarray(inside(read_frames(clip.path, [0])[0], clip.crop))).save(file)
    else:
        indices, rate = _frames(clip, fps)
        encode(file, _pictures(clip, indices), rate)


def _frames(clip: Clip, fps: float | None) -> tuple[list[int], float]:
    """The frames of the file that a copy has, and its rate: every one of an even clip, else the nearest in time."""
    facts, (first, stop) = clip.facts, clip.span
    if facts.fps <= 0 or fps is None and not facts.times:
        return list(range(first, stop)), facts.fps or WAN_FPS
    rate = fps or max(1, round(facts.fps))
    wanted = max(1, round(facts.seconds * rate))
    if len(facts.times) > 1:
        picked = [picking.nearest(facts.times, i / rate) for i in range(wanted)]
    else:
        picked = picking.auto(facts.frames, facts.fps, rate, wanted)
    return [first + index for index in picked], rate


def _pictures(clip: Clip, indices: list[int]) -> Iterator[np.ndarray]:
    """uint8 [H, W, 3] for each index, some in a row equal, of even size: the last row or column goes."""
    times = Counter(indices)
    for index, frame in zip(times, iter_frames(clip.path, list(times)), strict=True):
        shown = inside(frame, clip.crop)
        shown = shown[: shown.shape[0] // 2 * 2, : shown.shape[1] // 2 * 2]
        yield from repeat(shown, times[index])


def _carry_caption(clip: Clip, copy: Path, folder: ClipFolder) -> None:
    file = caption_file(clip.path, folder.caption_ext)
    if file is not None and not leads_outside(file, folder.path):
        shutil.copyfile(file, copy.with_suffix(file.suffix))
