"""What a job will take, standing still: memory against the card, time by part, disk against what is free, sizes."""

from collections.abc import Callable, Mapping

from matplotlib.axes import Axes
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import MaxNLocator

from wannb.data.outlook import estimate as estimated
from wannb.job import Job
from wannb.job.amounts import counted, duration, memory, pace, size
from wannb.job.cost.estimate import Estimate, ShapeCost
from wannb.job.cost.estimate_text import verdict
from wannb.ui.plot import Plot

INK, GREY, RAIL = "#222222", "#777777", "#f2f3f5"
BAD, WARN, GOOD = "#b3261e", "#8a5a00", "#1d6f42"
SLATE, TEAL, PLUM, GOLD, ROSE, PALE = "#64748b", "#1f8a83", "#8560b3", "#b78a12", "#b35673", "#a5abb2"
COLOURS = {
    "weights": SLATE, "lora": GOLD, "optimizer": PLUM, "activations": TEAL,
    "training": TEAL, "previews": PLUM, "caching": SLATE, "swaps": ROSE, "saves": GOLD,
    "checkpoints": GOLD, "state": ROSE, "caches": SLATE, "download": TEAL,
}  # fmt: skip
"""A part keeps its colour wherever it turns up."""
NAMES = {"lora": "LoRA"}
MOST_SHAPES = 7
FREE_SHOWN = 2.0  # times what is needed, beyond which free space is told in words and not drawn

Parts = Mapping[str, float]
Words = Callable[[float], str]


def plot_estimate(job: Job, estimate: Estimate | None = None) -> Plot:
    """Draw what `job` will take: `wannb.estimate(job)`, or `estimate` where that is made already."""
    one = estimated(job) if estimate is None else estimate
    plot = Plot(9, 6.6)
    plot.get_layout_engine().set(w_pad=0.12, h_pad=0.1)
    rows = plot.add_gridspec(3, 2, height_ratios=(1.5, 0.5, 2), hspace=0.06)
    _memory(plot.add_subplot(rows[0, :]), one)
    _time(plot.add_subplot(rows[1, 0]), one)
    _disk(plot.add_subplot(rows[1, 1]), one)
    _shapes(plot.add_subplot(rows[2, :]), one)
    return plot


def _memory(axes: Axes, one: Estimate) -> None:
    """The peak of each phase, training's by part; the band of the highest; the card."""
    (low, high), card = one.memory_band, one.card_gib
    highest = max(one.phases_gib, key=one.phases_gib.get)
    names = sorted(one.phases_gib, key=lambda name: name != "training")
    limit = 1.08 * max(high, card or 0, 1e-6)
    for row, name in enumerate(names):
        height = 0.4 if row else 0.72
        _bar(axes, -row, {name: one.phases_gib[name]} if row else one.parts_gib, limit, height)
        if name == highest:
            _band(axes, -row, low, high, height)
    axes.set_yticks([-row for row in range(len(names))], names)
    if card:
        axes.vlines(card, 0.4 - len(names), 0.85, color=INK, linewidth=1.6, zorder=4)
        beside = {"ha": "right", "xytext": (-4, 0)} if card > 0.8 * limit else {"ha": "left", "xytext": (4, 0)}
        axes.annotate(
            f"{card:.0f} GB card", (card, 0.85), textcoords="offset points", va="top", fontsize=8, color=INK, **beside
        )
    axes.set(xlim=(0, limit), ylim=(0.4 - len(names), 0.9))
    unit, each = ("GB", 1) if limit > 2 else ("MB", 1024)
    ticks = MaxNLocator(7, steps=[1, 2, 2.5, 5, 10]).tick_values(0, limit * each)
    axes.set_xticks([tick / each for tick in ticks if tick <= limit * each], labels=None)
    axes.xaxis.set_major_formatter(lambda x, _: f"{x * each:g} {unit}")
    _quiet(axes)
    colour = {True: GOOD, False: BAD, None: WARN}[one.fits]
    _head(axes, "Memory", f"{memory(one.peak_gib)} at the peak, {memory(low)} to {memory(high)}", verdict(one), colour)
    _legend(axes, one.parts_gib, memory, below=0.2, columns=6)


def _time(axes: Axes, one: Estimate) -> None:
    """The whole run by part, and between what it is expected."""
    low, high = one.time_band
    limit = 1.04 * max(high, 1e-9)
    _bar(axes, 0, one.seconds, limit, 1)
    _band(axes, 0, low, high, 1)
    axes.set(xlim=(0, limit), ylim=(-0.5, 0.5), xticks=[], yticks=[])
    _quiet(axes)
    _head(axes, "Time", f"{duration(one.total_seconds)}, {duration(low)} to {duration(high)}")
    note = f"{one.steps} steps of {pace(one.s_per_step)} on {one.gpu}"
    _legend(axes, one.seconds, duration, note)


def _disk(axes: Axes, one: Estimate) -> None:
    """What there will be by part, before what is free."""
    total, free = sum(one.disk_bytes.values()), one.free_bytes
    limit = 1.04 * max(total, 1, min(free or 0, FREE_SHOWN * total))
    _bar(axes, 0, one.disk_bytes, limit, 1)
    if free is not None and free < limit:
        axes.axvline(free, color=INK, linewidth=1.8)
    axes.set(xlim=(0, limit), ylim=(-0.5, 0.5), xticks=[], yticks=[])
    _quiet(axes)
    short = free is not None and total > free
    _head(axes, "Disk", size(total), "" if free is None else f"{size(free)} free", BAD if short else GREY)
    _legend(axes, one.disk_bytes, size)


def _shapes(axes: Axes, one: Estimate) -> None:
    """The sizes that clips are trained in, to scale, the costliest first."""
    shown = one.shapes[:MOST_SHAPES]
    if not shown:
        axes.set_axis_off()
        return
    widest, highest = max(shape.width for shape in shown), max(shape.height for shape in shown)
    column = max(1.25 * widest, 1.1 * highest)
    for place, shape in enumerate(shown):
        _sheet(axes, place * column, shape, highest)
    axes.set_xlim(-0.02 * column, max(len(shown), 5) * column)
    axes.set_ylim(0, highest)
    axes.set(xticks=[], yticks=[], aspect="equal", anchor="W")
    axes.spines[:].set_visible(False)
    clips = "squares of the Resolutions: no clip is readable yet" if one.clips is None else counted(one.clips, "clip")
    each = f", each drawn {one.steps_per_clip:.0f} times" if one.steps_per_clip else ""
    rest = f", and {len(one.shapes) - len(shown)} smaller sizes" if len(one.shapes) > len(shown) else ""
    _head(axes, "Sizes", f"{clips}{each}{rest}", pad=10)


def _sheet(axes: Axes, left: float, shape: ShapeCost, floor: float) -> None:
    axes.add_patch(Rectangle((left, 0), shape.width, shape.height, facecolor="#eef1f4", edgecolor=SLATE, linewidth=1))
    lines = [
        counted(shape.frames, "frame"), counted(shape.tokens, "token"),
        *([counted(shape.clips, "clip")] if shape.clips else []),
        f"{shape.share:.0%} of draws", f"{pace(shape.s_per_step)} a step", memory(shape.peak_gib),
    ]  # fmt: skip
    say = {"textcoords": "offset points", "va": "top", "fontsize": 8, "annotation_clip": False}
    axes.annotate(f"{shape.width}×{shape.height}", (left, 0), (0, -4), color=INK, weight="bold", **say)
    axes.annotate("\n".join(lines), (left, 0), (0, -16), color=GREY, linespacing=1.35, **say)


def _bar(axes: Axes, y: float, parts: Parts, limit: float, height: float) -> None:
    """Parts one after the other, on a rail to the end of the axis."""
    axes.barh(y, limit, height, color=RAIL, zorder=0)
    left = 0.0
    for name, amount in parts.items():
        axes.barh(y, amount, height, left=left, color=COLOURS.get(name, PALE), zorder=1)
        left += amount


def _band(axes: Axes, y: float, low: float, high: float, height: float) -> None:
    """Between what the end of a bar is expected."""
    for colour, width in (("white", 2.6), (INK, 1.2)):
        axes.hlines(y, low, high, color=colour, linewidth=width, zorder=3)
        axes.vlines([low, high], y - height / 4, y + height / 4, color=colour, linewidth=width, zorder=3)


def _quiet(axes: Axes) -> None:
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0, labelsize=8, labelcolor=GREY)


def _head(axes: Axes, title: str, said: str, more: str = "", colour: str = GREY, pad: float = 6) -> None:
    """A line above the axes: what it is, how much, and a verdict."""
    place = {"xycoords": "axes fraction", "textcoords": "offset points", "va": "bottom", "annotation_clip": False}
    first = axes.annotate(title, (0, 1), (0, pad), color=INK, weight="bold", fontsize=10, **place)
    place["xycoords"] = first
    second = axes.annotate(said, (1, 0), (7, 0), color=INK, fontsize=9, **place)
    if more:
        axes.annotate(more, (1, 0), (9, 0), color=colour, fontsize=9, **{**place, "xycoords": second})


def _legend(axes: Axes, parts: Parts, words: Words, note: str = "", below: float = 0.1, columns: int = 3) -> None:
    """What a bar is made of, below it; parts too small to be seen are told in words all the same."""
    names = {name: amount for name, amount in parts.items() if amount}
    handles = [Patch(color=COLOURS.get(name, PALE)) for name in names]
    labels = [f"{NAMES.get(name, name)} {words(amount)}" for name, amount in names.items()]
    if handles:
        legend = axes.legend(
            handles, labels, loc="upper left", bbox_to_anchor=(0, -below), ncols=columns,
            frameon=False, fontsize=8, borderpad=0, borderaxespad=0, handlelength=0.9, handleheight=0.9,
            handletextpad=0.5, columnspacing=1.2, labelcolor=GREY, title=note or None, title_fontsize=8,
            alignment="left",
        )  # fmt: skip
        legend.get_title().set_color(GREY)
