"""How each kind of picture of the Inspector is made. Whoever asks does so by name and numbers; nothing here is kept."""

import io
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from wannb.data.edits import Edits
from wannb.data.facts import VideoFacts
from wannb.data.pieces import WHOLE, Piece, box_of, span
from wannb.data.pixels import inside as cropped_to
from wannb.data.pixels import of_clip
from wannb.data.video import iter_frames, probe
from wannb.files import inside
from wannb.refusal import Refusal
from wannb.ui.inspector.curve import curve_of
from wannb.ui.inspector.darkroom import Order, Print
from wannb.ui.inspector.source import Source, mode_of
from wannb.ui.inspector.taken import Taken, clip_of, taken, with_choice
from wannb.ui.pictures import jpeg
from wannb.ui.playable import playable

POSTER = (240, 150)
SPRITE, SPRITE_FRAMES = (200, 125), 16
THUMB, COLUMNS = (168, 96), 9
AT_ONCE = 96_000_000
"""Bytes of trained pixels in memory while a strip is made."""
MOST_FRAMES = 201
"""In a strip."""


@dataclass(frozen=True)
class Developing:
    """Makes orders such as ("poster", "orbit.mp4", …): the kind, the clip's name, then what the kind takes."""

    source: Source

    def __call__(self, order: Order) -> Print:
        kind, name, *rest = order
        makers = {"poster": self.poster, "sprite": self.sprite, "film": self.film, "look": self.look}
        makers |= {"strip": self.strip, "frame": self.frame}
        if kind not in makers:
            raise Refusal(f"There is no picture of kind {kind!r}.")
        return makers[kind](inside(self.source.path, name), name, *rest)

    def poster(self, path: Path, name: str, *_: Any) -> Print:
        """A JPEG of the clip's first piece, a third into it: fades are over by then."""
        facts = probe(path)
        piece = (self._pieces(name) or (WHOLE,))[0]
        first, stop = span(piece, facts)
        frame = next(iter_frames(path, [first + (stop - first) // 3]))
        return Print(jpeg(_small(cropped_to(frame, box_of(piece, facts)), POSTER), quality=80))

    def sprite(self, path: Path, name: str, *_: Any) -> Print:
        """A JPEG of frames side by side, spread over what is taken of the clip."""
        facts = probe(path)
        pieces = self._pieces(name) or (WHOLE,)
        ends = [span(piece, facts) for piece in pieces]
        first, last = min(end[0] for end in ends), max(end[1] for end in ends) - 1
        frames = sorted({int(index) for index in np.linspace(first, last, SPRITE_FRAMES)})
        box = box_of(pieces[0], facts)
        small = [_small(cropped_to(frame, box), SPRITE) for frame in iter_frames(path, frames)]
        return Print(jpeg(_grid(small, len(small)), quality=70), {"count": len(small)})

    def film(self, path: Path, *_: Any) -> Print:
        """The whole clip in a form that browsers play."""
        found = playable(path)
        as_it_is = len(found.data) == path.stat().st_size
        return Print(found.data, {"mime": found.mime, "frames": found.frames, "fps": found.fps, "timed": as_it_is})

    def look(self, path: Path, *_: Any) -> Print:
        """What is to be drawn of the clip's time."""
        return Print(facts=curve_of(path))

    def strip(
        self, path: Path, name: str, piece: int, window: int, num_frames: int, how: str, resolution: int, *_: Any
    ) -> Print:
        """A JPEG grid of exactly the frames that training takes, made small, and what is known of each."""
        found = self._taken(path, name, piece, window, num_frames, how, resolution)
        small = [_small(frame, THUMB) for frame in _trained(found)]
        return Print(jpeg(_grid(small, COLUMNS), quality=82), {**_words(found), "thumb": small[0].size})

    def frame(self, path: Path, name: str, index: int, piece: int, size: list[int], *_: Any) -> Print:
        """A PNG of one frame: pixel for pixel what the VAE gets."""
        clip = clip_of(path, probe(path), self._piece(name, piece))
        pixels = of_clip(clip, [index], tuple(size))[0]
        return Print(png(pixels), {"size": list(size)})

    def _taken(self, path: Path, name: str, piece: int, window: int, count: int, how: str, resolution: int) -> Taken:
        if not 1 <= count <= MOST_FRAMES:
            raise Refusal(f"{count} frames cannot be shown: 1 to {MOST_FRAMES}.")
        clip = clip_of(path, probe(path), self._piece(name, piece))
        return taken(clip, with_choice(mode_of(self.source.settings()), count, how), resolution, window)

    def _pieces(self, name: str) -> tuple[Piece, ...] | None:
        return Edits.of(self.source.path).pieces(name)

    def _piece(self, name: str, number: int) -> Piece | None:
        pieces = self._pieces(name)
        return pieces[min(number, len(pieces) - 1)] if pieces else None


def png(pixels: np.ndarray) -> bytes:
    """pixels: uint8 [H, W, 3]; without loss."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def _trained(found: Taken):
    """Yield uint8 [H, W, 3] for each frame, few in memory at a time."""
    at_once = max(8, AT_ONCE // (found.size[0] * found.size[1] * 3))
    for at in range(0, len(found.frames), at_once):
        yield from of_clip(found.clip, found.frames[at : at + at_once], found.size)


def _words(found: Taken) -> dict[str, Any]:
    facts: VideoFacts = found.clip.whole
    return {
        "frames": list(found.frames),
        "times": [round(facts.time_of(frame), 3) for frame in found.frames],
        "size": list(found.size),
        "windows": [[round(facts.time_of(w[0]), 3), round(facts.time_of(w[-1]), 3)] for w in found.windows],
        "how": found.choice.how,
        "fell_back": found.choice.fell_back,
        "fits": found.choice.fits,
        "cropped": round(found.cropped, 4),
        "speed": round(replace(found.clip, windows=(found.frames,)).stretch, 3),
        "columns": COLUMNS,
    }


def _small(frame: np.ndarray, most: tuple[int, int]) -> Image.Image:
    image = Image.fromarray(frame)
    share = min(1.0, most[0] / image.width, most[1] / image.height)
    size = (max(1, round(image.width * share)), max(1, round(image.height * share)))
    return image if size == image.size else image.resize(size, Image.Resampling.BOX, reducing_gap=2.0)


def _grid(images: list[Image.Image], columns: int) -> Image.Image:
    width, height = images[0].size
    sheet = Image.new("RGB", (min(columns, len(images)) * width, -(-len(images) // columns) * height))
    for i, image in enumerate(images):
        sheet.paste(image, (i % columns * width, i // columns * height))
    return sheet
