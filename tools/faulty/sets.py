"""Small sets beside the large one, for what is wrong only with other settings, or with a set as a whole."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from tools.faulty.drawing import FRAMES, RATE, Frames, encode, orbit
from wannb.data.video_file import write_mp4

SIDE = 64
LIST = ".wannb-edits.json"
SETS: list[tuple[str, str, Callable[[Path], None]]] = []
"""(folder, what it is, what fills it)."""


def a_set(name: str, what: str) -> Callable:
    """Put the function that fills the folder `name` on the list."""

    def put(make: Callable[[Path], None]) -> Callable[[Path], None]:
        SETS.append((name, what, make))
        return make

    return put


@a_set("_style", "four images, whose captions tell what is seen")
def _(folder):
    told = ["a man walks his dog", "two cars race in the rain", "children build a castle", "birds over dark water"]
    _stills(folder, told, 140)


@a_set("_character", "four images of velmo, of which no caption says what it is")
def _(folder):
    _stills(folder, ["velmo in the park", "velmo on a beach", "velmo asleep", "velmo at the table"], 150)


@a_set("_rates", "a usual clip, a long one, and one whose frames are twenty seconds apart")
def _(folder):
    _timeless(folder)
    write_mp4(folder / "steady.mp4", _small(201, FRAMES))
    write_mp4(folder / "long.mp4", _small(202, 120))
    _caption(folder)


@a_set("_brief", "clips of half a second and less")
def _(folder):
    encode(folder / "brief.mp4", _small(203, 20), times=list(range(0, 20 * 30, 30)))
    write_mp4(folder / "blink.mp4", _small(204, 4))
    _caption(folder)


@a_set("_masked", "clips with masks, which lie in its `_masks`")
def _(folder):
    masks, white = folder / "_masks", np.full((SIDE, SIDE), 255, np.uint8)
    masks.mkdir()
    for number, name in enumerate(("seen", "bare", "dark", "half", "torn", "brief", "wide", "foreign")):
        write_mp4(folder / f"{name}.mp4", _small(210 + number, FRAMES))
    Image.fromarray(white).save(masks / "seen.png")
    Image.fromarray(0 * white).save(masks / "dark.png")
    Image.fromarray(white[:40]).save(masks / "wide.png")
    Image.fromarray(white).save(masks / "foreign.tif")
    (masks / "torn.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(40))
    lit = np.repeat(white[None, ..., None], FRAMES, 0).repeat(3, 3)
    write_mp4(masks / "brief.mp4", lit[:20])
    lit[FRAMES // 2 :] = 0
    write_mp4(masks / "half.mp4", lit)
    _caption(folder)


@a_set("_links", "where links that lead out of the folder are laid on a copy: no wheel holds any")
def _(folder):
    for number, name in enumerate(("here", "lost_words")):
        write_mp4(folder / f"{name}.mp4", _small(220 + number, FRAMES))
    _caption(folder)
    (folder / "lost_words.txt").unlink()


def lay_links(home: Path) -> None:
    """Add to `_links` of a copy of the set what is not followed: a clip, a caption and a folder outside it."""
    for name, leads_to in {"there.mp4": "good_00.mp4", "lost_words.txt": "good_00.txt", "more": "_style"}.items():
        (home / "_links" / name).symlink_to(Path("..") / leads_to)


@a_set("_edits", "an edit list with entries that cannot be meant")
def _(folder):
    for number, name in enumerate(("backwards", "in_order")):
        write_mp4(folder / f"{name}.mp4", _small(230 + number, FRAMES))
    _timeless(folder)
    edits = {name: [{"start": start, "end": end, "crop": None}] for name, start, end in EDITS}
    (folder / LIST).write_text(json.dumps({"version": 1, "clips": edits}, indent=1) + "\n")
    _caption(folder)


EDITS = [("backwards.mp4", 1.5, 0.5), ("in_order.mp4", 0.5, 1.5), ("timeless.mkv", 1.0, 2.0), ("../good_00.mp4", 0, 1)]


@a_set("_broken", "an edit list that is cut off")
def _(folder):
    write_mp4(folder / "whole.mp4", _small(240, FRAMES))
    (folder / LIST).write_text('{"version": 1, "clips": {"whole.mp4": [{"sta')
    _caption(folder)


@a_set("_many", "one file that the edit list makes more than forty clips of")
def _(folder):
    write_mp4(folder / "all.mp4", _small(250, 41 * 5, turn=5))
    pieces = [{"start": i * 5 / RATE, "end": (i + 1) * 5 / RATE, "crop": None} for i in range(41)]
    (folder / LIST).write_text(json.dumps({"version": 1, "clips": {"all.mp4": pieces}}) + "\n")
    _caption(folder)


@a_set("_empty", "no clips at all")
def _(folder):
    (folder / "notes.txt").write_text("The clips are still on the camera.\n")


def _small(seed: int, frames: int, turn: float = 1.0) -> Frames:
    return orbit(seed, frames, SIDE, SIDE, turn)


def _timeless(folder: Path) -> None:
    """A clip of a frame every twenty seconds, which is no rate at all."""
    encode(folder / "timeless.mkv", _small(232, 20), times=list(range(0, 20 * 20_000, 20_000)))


def _caption(folder: Path) -> None:
    for path in sorted(folder.glob("*.m*")):
        path.with_suffix(".txt").write_text(f"orbit 360 around the {path.stem.replace('_', ' ')}\n")


def _stills(folder: Path, captions: list[str], seed: int) -> None:
    for i, text in enumerate(captions):
        Image.fromarray(orbit(seed + i, 1)[0]).save(folder / f"still_{i}.png")
        (folder / f"still_{i}.txt").write_text(text + "\n")
