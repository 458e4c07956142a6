"""Clips side by side as one moving picture, an animated WebP: for GitHub, a mail and hosts without widgets."""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from html import escape
from pathlib import Path
from typing import BinaryIO

from PIL import Image, ImageDraw, ImageFont

from wannb.data.video import iter_frames, probe
from wannb.files import replacing
from wannb.job.amounts import counted
from wannb.refusal import Refusal

TALL, GAP, LINE = 104, 6, 16  # pixels: a clip's height, the white between clips, a caption's line
MOST_LINES = 3  # of a caption
SHOWN = 1.3  # times that size a page shows it, also where it had to be made smaller
FPS = 16  # where a clip tells none, as a picture
INK, PAPER = (28, 30, 33), (255, 255, 255)
MOST_BYTES = 60_000  # in base64 below what a notebook's output may have
TRIES = ((1.0, 1, 65), (1.0, 2, 55), (0.8, 2, 45), (0.65, 2, 40), (0.5, 3, 30))
"""(scale, every which frame, quality of WebP), each smaller than the one before; the first that fits is taken."""


@dataclass(frozen=True)
class Place:
    """Where the clip `video` stands in the sheet: left, top, width and height in pixels."""

    video: Path
    left: int
    top: int
    width: int
    height: int


class Sheet:
    """`paper`, a picture with words on it, and clips in their `places` of it, which move in step; a shorter one waits
    on its last frame. Nothing is read before the sheet is shown or saved."""

    def __init__(self, paper: Image.Image, places: Sequence[Place], about: str = "clips") -> None:
        self.paper, self.places, self.about = paper, list(places), about

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.paper.size

    @cached_property
    def still(self) -> Image.Image:
        """The sheet with the middle frame of each clip."""
        return self._with([_pictures(place, [probe(place.video).frames // 2])[0] for place in self.places])

    def moving(self, most_bytes: int = MOST_BYTES) -> bytes:
        """The sheet as an animated WebP, with as many frames and pixels as fit into `most_bytes`, if any do."""
        frames, fps = self._frames()
        for scale, every, quality in TRIES:
            data = _webp([_scaled(one, scale) for one in frames[::every]], fps / every, quality)
            if len(data) <= most_bytes:
                break
        return data

    def save(self, target: str | Path | BinaryIO, form: str | None = None, **options: object) -> None:
        """Write the sheet: moving to a path that ends in `.webp`, otherwise still, as PIL's `Image.save` does."""
        if isinstance(target, (str, Path)) and Path(target).suffix.lower() == ".webp":
            with replacing(Path(target)) as temporary:
                temporary.write_bytes(self.moving())
        else:
            self.still.save(target, form, **options)

    def _frames(self) -> tuple[list[Image.Image], float]:
        """The whole pictures, one a frame of the longest clip, and how many a second."""
        clips = [_pictures(place, range(probe(place.video).frames)) for place in self.places]
        longest = max(map(len, clips))
        pictures = [self._with([clip[min(i, len(clip) - 1)] for clip in clips]) for i in range(longest)]
        return pictures, max(probe(place.video).fps or FPS for place in self.places)

    def _with(self, pictures: Sequence[Image.Image]) -> Image.Image:
        sheet = self.paper.copy()
        for place, picture in zip(self.places, pictures, strict=True):
            sheet.paste(picture, (place.left, place.top))
        return sheet

    def __repr__(self) -> str:
        return f"Sheet({self.about}, {counted(len(self.places), 'clip')})"

    def _repr_mimebundle_(self, **kwargs: object) -> dict[str, str]:
        moving, still = base64.b64encode(self.moving()).decode(), io.BytesIO()
        _scaled(self.still, 0.5).save(still, "JPEG", quality=60)
        wide = round(SHOWN * self.paper.width)
        html = f'<img alt="{escape(repr(self), quote=True)}" width="{wide}" src="data:image/webp;base64,{moving}">'
        return {"text/plain": repr(self), "text/html": html, "image/jpeg": base64.b64encode(still.getvalue()).decode()}


def moving(clips: Sequence[str | Path], captions: Sequence[str] | None = None, columns: int | None = None) -> Sheet:
    """`clips` beside each other, `columns` in a row (None: up to six), each under its caption (its file's name).

    Raises Refusal for no clips, captions that do not match, and a clip that cannot be read.
    """
    paths = [Path(clip) for clip in clips]
    captions = [path.name for path in paths] if captions is None else list(captions)
    if not paths:
        raise Refusal("There are no clips to show: give at least one path.")
    if len(captions) != len(paths):
        amounts = counted(len(paths), "clip"), counted(len(captions), "caption")
        raise Refusal(f"{' and '.join(amounts)}: give one caption a clip.")
    across = min(columns or 6, len(paths))
    places = [fitted(path, 0, 0) for path in paths]
    wide, rows = max(place.width for place in places), -(-len(paths) // across)
    words = [lines(caption, wide, font()) for caption in captions]
    head = LINE * max(map(len, words))
    paper = Image.new("RGB", (across * (wide + GAP) - GAP, rows * (head + TALL + GAP) - GAP), PAPER)
    draw, placed = ImageDraw.Draw(paper), []
    for i, (place, said) in enumerate(zip(places, words, strict=True)):
        left, top = i % across * (wide + GAP), i // across * (head + TALL + GAP)
        for number, line in enumerate(said):
            draw.text((left, top + head - LINE * (len(said) - number)), line, INK, font())
        placed.append(replace(place, left=left, top=top + head))
    return Sheet(paper, placed, " · ".join(captions))


def fitted(video: Path, left: int, top: int, wide: int | None = None) -> Place:
    """`video` as large as it is in a box of TALL pixels' height, and `wide` at most, in the box's middle."""
    facts = probe(video)
    scale = min(TALL / facts.height, (wide or 4 * TALL) / facts.width)
    width, height = max(1, round(facts.width * scale)), max(1, round(facts.height * scale))
    return Place(video, left + ((wide or width) - width) // 2, top + (TALL - height) // 2, width, height)


def font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size=12)


def lines(text: str, width: int, font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> list[str]:
    """`text` in lines of at most `width` pixels, broken between words; MOST_LINES of them and an ellipsis."""
    found = [""]
    for word in text.replace("×", "x").split():
        longer = f"{found[-1]} {word}".strip()
        if len(found) == MOST_LINES or font.getlength(longer) <= width or not found[-1]:
            found[-1] = longer
        else:
            found.append(word)
    return [fitting(line, width, font) for line in found]


def fitting(text: str, width: int, font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> str:
    """`text`, or as much of it as fits into `width` pixels and an ellipsis. PIL's own font has no ×."""
    text = text.replace("×", "x")
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(text + "…") > width:
        text = text[:-1]
    return text.rstrip() + "…"


def _pictures(place: Place, indices: Sequence[int]) -> list[Image.Image]:
    """Some frames of a clip at the size that they have on the sheet."""
    size = place.width, place.height
    frames = iter_frames(place.video, indices)
    return [Image.fromarray(frame).resize(size, Image.Resampling.BICUBIC) for frame in frames]


def _scaled(picture: Image.Image, scale: float) -> Image.Image:
    if scale == 1:
        return picture
    return picture.resize((round(picture.width * scale), round(picture.height * scale)), Image.Resampling.LANCZOS)


def _webp(frames: Sequence[Image.Image], fps: float, quality: int) -> bytes:
    buffer = io.BytesIO()
    frames[0].save(
        buffer, "WEBP", save_all=True, append_images=frames[1:], duration=round(1000 / fps), loop=0, quality=quality
    )
    return buffer.getvalue()
