"""The grid as one page that needs nothing beside it: the clips are in it, the widget's own script plays them."""

import base64
import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from wannb.data.video import iter_frames, probe
from wannb.data.video_file import encode
from wannb.files import write_atomically
from wannb.refusal import Refusal
from wannb.ui.browser_files import joined
from wannb.ui.compare.gathered import Gathered
from wannb.ui.compare.scripts import SCRIPTS, STYLES
from wannb.ui.compare.sheet import compare_sheet
from wannb.ui.pictures import jpeg
from wannb.ui.playable import Playable, playable

MOST_MB = 150
WIDTHS = (480, 320, 224, 160, 112)
"""Pixels that clips are scaled down to, one after the other, until the page is small enough."""
TRIED = 3
"""Clips by which the size of all is foretold."""
POLICY = (
    "default-src 'none'; img-src data: blob:; media-src blob:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
)
GROUND = "body { margin: 12px; background: light-dark(#fff, #111); } :root { color-scheme: light dark; }"


@dataclass(frozen=True)
class Page:
    """What was written: the file, its bytes, and, where clips had to be scaled down, how wide they are at most."""

    path: Path
    bytes: int
    width: int | None


def write_compare_page(
    path: str | Path, shown: Gathered, most_mb: float = MOST_MB, progress: Callable[[str], None] = lambda words: None
) -> Page:
    """Write the page, whole; where it would be larger than `most_mb` (10⁶ bytes) with smaller copies of its clips.

    Raises Refusal where even the smallest copies are too much.
    """
    budget = most_mb * 1e6 - len(_page(shown, {}))
    clips, width = {name: playable(video) for name, video in shown.videos.items()}, None
    for width in (None, *WIDTHS):
        if width is not None:
            if _foretold(shown, width) > budget:
                continue
            progress(f"scaling clips down to {width} pixels")
            clips = {name: smaller(video, width) for name, video in shown.videos.items()}
        if _in_page(clips.values()) <= budget:
            text = _page(shown, clips)
            write_atomically(path, text)
            return Page(Path(path), len(text.encode()), width)
    raise Refusal(
        f"{len(clips)} clips do not fit into a page of {most_mb:g} MB, however small: raise --most-mb, or compare them "
        "with wannb.Compare, which fetches only what is in sight."
    )


def smaller(path: Path, width: int) -> Playable:
    """A copy no wider than `width` pixels, both sides even; the clip itself where that is smaller or as small."""
    facts, own = probe(path), playable(path)
    share = width / facts.width
    if share >= 1:
        return own
    size = (width // 2 * 2, max(2, round(facts.height * share) // 2 * 2))
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "clip.mp4"
        encode(target, (_scaled(frame, size) for frame in iter_frames(path, range(facts.frames))), facts.fps)
        data = target.read_bytes()
    return Playable(data, "video/mp4", facts.frames, facts.fps) if len(data) < len(own.data) else own


def _scaled(frame: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    return np.asarray(Image.fromarray(frame).resize(size, Image.Resampling.BICUBIC))


def _foretold(shown: Gathered, width: int) -> float:
    """About how many bytes all clips take in the page at `width`, by the first, the last and one between."""
    names = list(shown.videos)
    some = sorted({round(i * (len(names) - 1) / (TRIED - 1)) for i in range(TRIED)}) if names else []
    tried = _in_page(smaller(shown.videos[names[i]], width) for i in some)
    return 0.8 * tried * len(names) / max(1, len(some))  # clips differ: what looks a little too much is tried


def _in_page(clips: Any) -> int:
    return sum(4 * -(-len(clip.data) // 3) for clip in clips)


def _page(shown: Gathered, clips: dict[str, Playable]) -> str:
    name = escape(shown.run.path.name)
    numbered = {one: {"mime": clip.mime, "frames": clip.frames, "fps": clip.fps} for one, clip in clips.items()}
    data = {
        "traits": {"_name": shown.run.path.name, "_can": []},
        "id": shown.views[0]["version"],
        "views": [_unmakeable(view, shown.run.path.name) for view in shown.views],
        "notes": shown.notes,
        "clips": {one: {**facts, "at": i} for i, (one, facts) in enumerate(numbered.items())},
    }
    inline = "".join(
        f'<script type="text/plain" id="clip-{i}">{base64.b64encode(clip.data).decode()}</script>\n'
        for i, clip in enumerate(clips.values())
    )
    sheet = base64.b64encode(jpeg(compare_sheet(shown.run), quality=70)).decode()
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{name}: clips compared</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f"<style>{GROUND}\n{joined(*STYLES)}</style>"
        f'<div id="wannb"></div><noscript><img alt="{name}" src="data:image/jpeg;base64,{sheet}"></noscript>'
        f'<script type="application/json" id="wannb-data">{_json(data)}</script>\n{inline}'
        f'<script type="module">\n{joined(*SCRIPTS, "compare_page.js")}\n</script></html>\n'
    )


def _unmakeable(view: dict[str, Any], name: str) -> dict[str, Any]:
    """The view where nothing can be made, and which says nothing of where the run lies."""
    rows = [{**row, "cells": [_kept(cell) for cell in row["cells"]]} for row in view["rows"]]
    return {**view, "rows": rows, "export": {**view["export"], "run": name}}


def _kept(cell: dict[str, Any]) -> dict[str, Any]:
    return cell if cell["clip"] else {**cell, "state": "gone", "words": "not made"}


def _json(data: Any) -> str:
    """JSON that ends no script element, whatever its words are."""
    return json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
