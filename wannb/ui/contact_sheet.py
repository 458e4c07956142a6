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
MOST_ROWS = 8  # a sheet is a glance; the player has them all


def contact_sheet(paths: Sequence[str | Path], captions: Sequence[str]) -> Image.Image:
    """Return one row per clip: its caption above FRAMES frames spread over its whole length."""
    rows = [_row(path, caption) for path, caption in list(zip(paths, captions, strict=True))[:MOST_ROWS]]
    sheet = Image.new("RGB", (max(row.width for row in rows), sum(row.height for row in rows)), PAPER)
    top = 0
    for row in rows:
        sheet.paste(row, (0, top))
        top += row.height
    return sheet


def _row(path: str | Path, caption: str) -> Image.Image:
    indices = sorted({int(index) for index in np.linspace(0, probe(path).frames - 1, FRAMES)})
    frames = [_tile(frame) for frame in read_frames(path, indices)]
    row = Image.new("RGB", (sum(frame.width + GAP for frame in frames), LINE + TALL + GAP), PAPER)
    ImageDraw.Draw(row).text((0, 1), _fitting(caption, row.width), fill=INK, font=_font())
    for i, frame in enumerate(frames):
        row.paste(frame, (i * (frame.width + GAP), LINE))
    return row


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
