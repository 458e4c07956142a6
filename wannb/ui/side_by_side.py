"""Pairs of clips as one clip: base beside LoRA for every prompt, the thing to look at first."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from wannb.data.video import probe, read_frames
from wannb.data.video_file import write_mp4, write_poster

TALL = 192  # pixels of a clip's height in the picture
GAP, LINE, MARGIN = 6, 20, 14
INK, FAINT, PAPER = (28, 30, 33), (91, 97, 104), (255, 255, 255)
COLUMNS = 2  # pairs in a row, where there are several


@dataclass(frozen=True)
class Pair:
    """Two clips of one prompt, `left` and `right`, with a label each."""

    title: str
    left: Path
    right: Path
    left_label: str = "base"
    right_label: str = "LoRA"


def write(path: str | Path, pairs: Sequence[Pair], fps: float = 16) -> None:
    """Write the pairs as one mp4 and, beside it, a poster (.jpg) of its middle."""
    frames = side_by_side(pairs)
    write_mp4(path, frames, fps)
    write_poster(Path(path).with_suffix(".jpg"), frames[len(frames) // 2])


def side_by_side(pairs: Sequence[Pair]) -> np.ndarray:
    """The pairs in a grid, uint8 [F, H, W, 3]; F is the longest clip's, shorter ones wait on their last frame."""
    cells = [_cell(pair) for pair in pairs]
    length = max(len(cell) for cell in cells)
    height, width = (max(cell.shape[axis] for cell in cells) for axis in (1, 2))
    columns = min(COLUMNS, len(cells))
    rows = -(-len(cells) // columns)
    size = (MARGIN + rows * (height + MARGIN), MARGIN + columns * (width + MARGIN))
    sheet = np.full((length, *(side + side % 2 for side in size), 3), PAPER, np.uint8)
    for i, cell in enumerate(cells):
        row, column = divmod(i, columns)
        top, left = MARGIN + row * (height + MARGIN), MARGIN + column * (width + MARGIN)
        sheet[:, top : top + cell.shape[1], left : left + cell.shape[2]] = _lasting(cell, length)
    return sheet


def _cell(pair: Pair) -> np.ndarray:
    """One pair: two clips side by side over the prompt, a label under each."""
    left, right = (_scaled(clip) for clip in (pair.left, pair.right))
    length, split = max(len(left), len(right)), left.shape[2] + GAP
    paper = Image.new("RGB", (split + right.shape[2], TALL + 2 * LINE), PAPER)
    draw, font = ImageDraw.Draw(paper), ImageFont.load_default(size=13)
    draw.text((1, 1), _fitting(pair.title, paper.width, font), fill=INK, font=font)
    for at, clip, label in ((0, left, pair.left_label), (split, right, pair.right_label)):
        draw.text((at + 1, LINE + TALL + 3), _fitting(label, clip.shape[2], font), fill=FAINT, font=font)
    cell = np.repeat(np.asarray(paper)[None], length, axis=0)
    for clip, at in ((left, 0), (right, split)):
        cell[:, LINE : LINE + TALL, at : at + clip.shape[2]] = _lasting(clip, length)
    return cell


def _lasting(clip: np.ndarray, length: int) -> np.ndarray:
    """`length` frames of `clip`, the last one again and again where it has fewer."""
    return clip[np.minimum(np.arange(length), len(clip) - 1)]


def _scaled(clip: Path) -> np.ndarray:
    """All frames of a clip, TALL pixels high."""
    frames = read_frames(clip, range(probe(clip).frames))
    width = max(1, round(frames.shape[2] * TALL / frames.shape[1]))
    pictures = (Image.fromarray(frame).resize((width, TALL), Image.Resampling.BICUBIC) for frame in frames)
    return np.stack([np.asarray(picture) for picture in pictures])


def _fitting(text: str, width: int, font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> str:
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(text + "…") > width:
        text = text[:-1]
    return text.rstrip() + "…"
