"""Compare's grids as pictures, moving where a page can show that: for GitHub, nbval, previews and papers."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from wannb.job.samples import Sample
from wannb.refusal import Refusal
from wannb.runs.clips import lacking
from wannb.runs.clips.shelf import Shelf
from wannb.runs.clips.wish import BASE
from wannb.runs.run import Run
from wannb.ui.compare.grids import STRENGTHS, Grid, Head, checkpoint_grid, pair_grid, strength_grid
from wannb.ui.compare.prompts import differences
from wannb.ui.compare.views import Views
from wannb.ui.moving_sheet import GAP, INK, PAPER, TALL, Sheet, fitted, fitting, font

SIDE, HEAD = 150, 20  # pixels
MOST_COLUMNS, MOST_ROWS = 8, 8
FAINT, EMPTY = (110, 116, 122), (236, 238, 240)
Progress = Callable[..., None]


def compare_sheet(
    run: Run | str | Path, steps: Sequence[int] | None = None, make: bool = False, progress: Progress | None = None
) -> Sheet:
    """Prompts down, checkpoints across, the base first: those of `steps`, or of many the last and some evenly between.

    With `make` clips that are not there are rendered and waited for, as `wannb.propose` does. Raises Refusal where the
    run has no clip yet.
    """
    views = _looked(run)
    columns = [pair for pair in views.columns if steps is None or pair[0] in (BASE, *steps)]
    samples = views.samples[:MOST_ROWS]
    grid = checkpoint_grid(samples, differences(views.samples)[:MOST_ROWS], _some(columns))
    return _drawn(views.shelf, grid, make, progress)


def pair_sheet(
    run: Run | str | Path,
    steps: Sequence[int] | None = None,
    sample: int = 0,
    make: bool = False,
    progress: Progress | None = None,
) -> Sheet:
    """One prompt, the number `sample` of the job's: each high-noise step of `steps` (down) with each low-noise one
    (across), the base first. `make` and what is raised as with `compare_sheet`."""
    views = _looked(run)
    chosen = [_some([one for one in views.saved[e] if steps is None or one in steps]) for e in ("high", "low")]
    return _drawn(views.shelf, pair_grid(_sample(views, sample), *chosen), make, progress)


def strength_sheet(
    run: Run | str | Path,
    high: int,
    low: int,
    strengths: Sequence[float] = STRENGTHS,
    sample: int = 0,
    make: bool = False,
    progress: Progress | None = None,
) -> Sheet:
    """One prompt, the LoRA files of the steps `high` and `low`: both at each of `strengths`, and either alone while the
    other keeps the sample's own. `make` and what is raised as with `compare_sheet`."""
    views = _looked(run)
    return _drawn(views.shelf, strength_grid(_sample(views, sample), high, low, strengths), make, progress)


def _looked(run: Run | str | Path) -> Views:
    views = Views(run if isinstance(run, Run) else Run(run))
    views.view({"kind": "steps"}, {}, [])
    return views


def _sample(views: Views, number: int) -> Sample:
    if 0 <= number < len(views.samples):
        return views.samples[number]
    raise Refusal(f"{views.run.path} has no sample {number}: it has {len(views.samples)}, counted from 0.")


def _some(columns: Sequence) -> list:
    """At most MOST_COLUMNS of them, the first and the last among these."""
    most, count = min(len(columns), MOST_COLUMNS), len(columns)
    return [columns[i] for i in sorted({round(i * (count - 1) / max(1, most - 1)) for i in range(most)})]


def _drawn(shelf: Shelf, grid: Grid, make: bool, progress: Progress | None) -> Sheet:
    if make:
        lacking.make(shelf, [wish for line in grid.wishes for wish in line], progress)
    clips = [[shelf.find(wish) for wish in line] for line in grid.wishes]
    if not any(clip for line in clips for clip in line):
        raise Refusal(
            f"The run {shelf.run.path} has no preview clips yet: they come every `sample.sample_every` steps."
        )
    wide = max([60, *(round(TALL * line[0].width / line[0].height) for line in grid.wishes)])
    paper = Image.new("RGB", (SIDE + len(grid.columns) * (wide + GAP), HEAD + len(grid.rows) * (TALL + GAP)), PAPER)
    draw, places = ImageDraw.Draw(paper), []
    for i, column in enumerate(grid.columns):
        draw.text((SIDE + i * (wide + GAP), 3), fitting(column.label, wide, font()), INK, font())
    for j, (row, line) in enumerate(zip(grid.rows, clips, strict=True)):
        top = HEAD + j * (TALL + GAP)
        _words(draw, row, top, font())
        for i, clip in enumerate(line):
            left = SIDE + i * (wide + GAP)
            draw.rectangle((left, top, left + wide - 1, top + TALL - 1), EMPTY)
            places += [fitted(clip.video, left, top, wide)] if clip else []
    about = f"{grid.down} × {grid.across}" + (f" of “{grid.title}”" if grid.title else "")
    return Sheet(paper, places, about)


def _words(draw: ImageDraw.ImageDraw, row: Head, top: int, font: ImageFont.FreeTypeFont) -> None:
    """A prompt in the lines that fit, and under it what sets it apart."""
    lines, line = [], ""
    for word in row.label.split():
        if line and font.getlength(f"{line} {word}") > SIDE - 12:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    words = [(text, INK) for text in [*lines, line][:5]] + ([(row.detail, FAINT)] if row.detail else [])
    for i, (text, colour) in enumerate(words):
        draw.text((4, top + 2 + 15 * i), fitting(text, SIDE - 10, font), colour, font)
