"""The player's static twin: a picture with one row of frames a clip, for GitHub, nbval and hosts without widgets."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from wannb.data.video import probe, read_frames

FRAMES = 6  # a row: enough to see which way something moves
TALL = 88  # pixels of a frame in the sheet
GAP, LINE = 4, 16
INK, PAPER = (60, 64, 70), (255, 255, 255)
NARROWEST = 270  # room for a caption above a single still
WIDEST_SHEET = 1120  # up to here strips stand beside each other, once there are more than a glance's worth
GLANCE = 3
MOST = 16  # a sheet is a glance; the player has them all


def contact_sheet(paths: Sequence[str | Path], captions: Sequence[str]) -> Image.Image:
    """Return a strip per clip, its caption above FRAMES frames spread over its whole length; many clips stand in
    columns, in reading order."""
    strips = [_strip(path, caption) for path, caption in list(zip(paths, captions, strict=True))[:MOST]]
    width, height = max(strip.width for strip in strips), max(strip.height for strip in strips)
    columns = 1 if len(strips) <= GLANCE else max(1, min(4, WIDEST_SHEET // width))
    sheet = Image.new("RGB", (columns * width, -(-len(strips) // columns) * height), PAPER)
    for i, strip in enumerate(strips):
        row, column = divmod(i, columns)
        sheet.paste(strip, (column * width, row * height))
    return sheet


def _strip(path: str | Path, caption: str) -> Image.Image:
    indices = sorted({int(index) for index in np.linspace(0, probe(path).frames - 1, FRAMES)})
    frames = [_tile(frame) for frame in read_frames(path, indices)]
    width = sum(frame.width + GAP for frame in frames)
    strip = Image.new("RGB", (max(width, NARROWEST), LINE + TALL + GAP), PAPER)
    ImageDraw.Draw(strip).text((0, 1), _fitting(caption, strip.width - GAP), fill=INK, font=_font())
    for i, frame in enumerate(frames):
        strip.paste(frame, (i * (frame.width + GAP), LINE))
    return strip


def _tile(frame: np.ndarray) -> Image.Image:
    image = Image.fromarray(frame)
    return image.resize((max(1, round(image.width * TALL / image.height)), TALL), Image.Resampling.BICUBIC)


def _fitting(caption: str, width: int) -> str:
    font, text = _font(), caption
    while text and font.getlength(text) > width:
        text = text[:-2].rstrip("… ") + "…" if len(text) > 2 else ""
    return text


def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size=11)
