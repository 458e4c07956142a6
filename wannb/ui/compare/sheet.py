"""The grid's static twin: a picture of prompts × checkpoints, a frame of each clip, for GitHub, nbval and previews."""

from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from wannb.refusal import Refusal
from wannb.runs.run import Run
from wannb.ui.compare.views import Views

TALL = 104  # pixels of a clip
SIDE, HEAD, GAP = 150, 20, 6
MOST_COLUMNS, MOST_ROWS = 8, 8
INK, FAINT, PAPER, EMPTY = (28, 30, 33), (110, 116, 122), (255, 255, 255), (236, 238, 240)


def compare_sheet(run: Run | str | Path) -> Image.Image:
    """Prompts down, checkpoints across, the middle frame of each clip. Of many checkpoints the base, the last and some
    evenly between are shown. Raises Refusal where the run has no clip yet."""
    views = Views(run if isinstance(run, Run) else Run(run))
    view = views.view({"kind": "steps"}, {}, [])
    if not views.stored:
        raise Refusal(
            f"The run {views.run.path} has no preview clips yet: they come every `sample.sample_every` steps."
        )
    rows, chosen = view["rows"][:MOST_ROWS], _some(len(view["columns"]))
    widths = [round(TALL * row["cells"][0]["width"] / row["cells"][0]["height"]) for row in rows]
    wide = max(60, max(widths))
    sheet = Image.new("RGB", (SIDE + len(chosen) * (wide + GAP), HEAD + len(rows) * (TALL + GAP)), PAPER)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=12)
    for i, column in enumerate(chosen):
        draw.text((SIDE + i * (wide + GAP), 3), _fitting(view["columns"][column]["label"], wide, font), INK, font)
    for j, row in enumerate(rows):
        top = HEAD + j * (TALL + GAP)
        _words(draw, row["label"], row["detail"], top, font)
        for i, column in enumerate(chosen):
            cell = row["cells"][column]
            sheet.paste(_picture(views, cell, wide), (SIDE + i * (wide + GAP), top))
    return sheet


def _some(count: int) -> list[int]:
    """At most MOST_COLUMNS of `count` columns, the first and the last among them."""
    most = min(count, MOST_COLUMNS)
    return sorted({round(i * (count - 1) / max(1, most - 1)) for i in range(most)})


def _picture(views: Views, cell: dict, wide: int) -> Image.Image:
    paper = Image.new("RGB", (wide, TALL), EMPTY)
    stored = views.stored.get(cell["key"])
    if stored is None:
        return paper
    frame = _middle(stored.video, cell["frames"])
    frame.thumbnail((wide, TALL), Image.Resampling.BICUBIC)
    if frame.height < TALL:
        share = min(wide / frame.width, TALL / frame.height)
        frame = frame.resize((round(frame.width * share), round(frame.height * share)), Image.Resampling.BICUBIC)
    paper.paste(frame, ((wide - frame.width) // 2, (TALL - frame.height) // 2))
    return paper


def _middle(video: Path, frames: int) -> Image.Image:
    from wannb.data.video import probe, read_frames

    return Image.fromarray(read_frames(video, [min(frames, probe(video).frames) // 2])[0])


def _words(draw: ImageDraw.ImageDraw, label: str, detail: str, top: int, font: ImageFont.FreeTypeFont) -> None:
    """A prompt in the lines that fit, and under it what sets it apart."""
    lines, line = [], ""
    for word in label.split():
        if line and font.getlength(f"{line} {word}") > SIDE - 12:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    lines = [*lines, line][:5] + ([detail] if detail else [])
    for i, text in enumerate(lines):
        draw.text((4, top + 2 + 15 * i), _fitting(text, SIDE - 10, font), FAINT if text == detail else INK, font)


def _fitting(text: str, width: int, font: ImageFont.FreeTypeFont) -> str:
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(text + "…") > width:
        text = text[:-1]
    return text.rstrip() + "…"
