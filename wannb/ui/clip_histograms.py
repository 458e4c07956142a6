"""What a folder of clips is made of, in one picture: length, rate, pace, size, movement, captions."""

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from wannb.data.clip import Clip
from wannb.data.clips import ClipFolder
from wannb.data.frames import WAN_FPS
from wannb.data.prompt_tokens import MOST_TOKENS, counted
from wannb.job.amounts import counted as numbered
from wannb.refusal import Refusal
from wannb.ui.plot import Plot

INK, GREY, LINE = "#222222", "#777777", "#d5d9dd"
TEAL, ROSE = "#1f8a83", "#b35673"
FEWEST_BARS, MOST_BARS = 9, 21
"""Odd, so that the bar of values that are all alike stands in the middle."""


def plot_clips(folder: ClipFolder) -> Plot:
    """Draw `folder`: how its clips spread in duration, rate, pace against 16 fps, size, movement and caption length.

    Movement is there for clips that were looked at (`folder.look()`). Raises Refusal where there is no usable clip.
    """
    clips = folder.clips
    if not clips:
        raise Refusal(f"{folder.path} holds no clip that can be drawn: see wannb inspect.")
    moving = [clip for clip in clips if not clip.facts.is_image]
    plot = Plot(9, 4.6)
    plot.get_layout_engine().set(w_pad=0.12, h_pad=0.14)
    (duration, rate, pace), (size, motion, caption) = plot.subplots(2, 3)
    _bars(duration, [clip.facts.seconds for clip in moving], "Duration", lambda x: f"{x:.2g} s")
    _bars(rate, [clip.facts.fps for clip in moving], "Frame rate", lambda x: f"{x:.3g} fps", WAN_FPS, "Wan")
    _bars(pace, [clip.stretch for clip in moving], "Pace at 16 fps", lambda x: f"{x:.2g}×", 1.0, "as filmed")
    _sizes(size, clips)
    _bars(motion, [clip.look.energy for clip in moving if clip.look], "Movement of 255", _whole)
    _bars(
        caption,
        [counted(clip.caption, None) for clip in clips],
        "Caption tokens",
        _whole,
        MOST_TOKENS,
        "all that is read",
    )
    return plot


def _whole(x: float) -> str:
    return f"{x:.0f}"


def _many(values: int) -> int:
    return min(MOST_BARS, max(FEWEST_BARS, values // 2 * 2 + 1))


def _bars(
    axes: Axes, values: Sequence[float], title: str, say: Callable[[float], str], mark: float = 0, marked: str = ""
) -> None:
    """A histogram; `mark` is drawn where it lies among the values, or not far from them."""
    _head(axes, title, _spread(values, say) if len(values) else "not known")
    _quiet(axes)
    if not len(values):
        axes.set(xticks=[], yticks=[])
        return
    low, high = min(values), max(values)
    near = mark and 0.4 * low <= mark <= 2.5 * high
    low, high = (min(low, mark), max(high, mark)) if near else (low, high)
    room = 0.06 * (high - low) or 0.25 * abs(high) or 1.0
    edges = np.linspace(max(0.0, low - room), high + room, _many(len(values)) + 1)
    counts, _, _ = axes.hist(values, edges, color=TEAL, rwidth=0.86)
    axes.set(xlim=(edges[0], edges[-1]), ylim=(0, 1.3 * max(counts)))
    if near:
        axes.axvline(mark, color=ROSE, linewidth=1.2, zorder=0)
        right = mark > (edges[0] + edges[-1]) / 2
        axes.annotate(
            marked, (mark, 1), (-4 if right else 4, 0), xycoords=("data", "axes fraction"), textcoords="offset points",
            ha="right" if right else "left", va="top", fontsize=8, color=ROSE,
        )  # fmt: skip
    axes.xaxis.set_major_locator(MaxNLocator(5 if high > low else 1))
    axes.set_yticks([0, int(max(counts))])


def _sizes(axes: Axes, clips: Sequence[Clip]) -> None:
    """A dot for each size, as large as it is frequent."""
    sizes: dict[tuple[int, int], int] = {}
    for clip in clips:
        size = (clip.facts.width, clip.facts.height)
        sizes[size] = sizes.get(size, 0) + 1
    widths, heights = zip(*sizes, strict=True)
    area = [18 + 160 * count / max(sizes.values()) for count in sizes.values()]
    limit = 1.15 * max(widths + heights)
    axes.plot([0, limit], [0, limit], color=LINE, linewidth=1, zorder=0)
    axes.scatter(widths, heights, area, color=TEAL, alpha=0.75, linewidth=0)
    axes.set(xlim=(0, limit), ylim=(0, limit))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(4, integer=True))
        axis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:.0f}"))
    _quiet(axes)
    usual = max(sizes, key=sizes.get)
    several = f", {numbered(len(sizes), 'size')} in all" if len(sizes) > 1 else ""
    _head(axes, "Size", f"{usual[0]}×{usual[1]} px{several}")


def _spread(values: Sequence[float], say: Callable[[float], str]) -> str:
    """The middle, and between what the rest lies."""
    low, middle, high = min(values), float(np.median(values)), max(values)
    return say(middle) if say(low) == say(high) else f"{say(middle)}, {say(low)} to {say(high)}"


def _quiet(axes: Axes) -> None:
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(LINE)
    axes.tick_params(length=0, labelsize=8, labelcolor=GREY)


def _head(axes: Axes, title: str, said: str) -> None:
    place = {"xycoords": "axes fraction", "textcoords": "offset points", "va": "bottom", "annotation_clip": False}
    first = axes.annotate(title, (0, 1), (0, 6), color=INK, weight="bold", fontsize=9.5, **place)
    place["xycoords"] = first
    axes.annotate(said, (1, 0), (6, 0), color=GREY, fontsize=8.5, **place)
