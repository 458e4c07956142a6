"""The monitor standing still: every plot of it over one axis of steps, for GitHub, papers and hosts without widgets."""

import textwrap
from collections.abc import Iterable, Sequence

import numpy as np
from matplotlib.axes import Axes

from wannb.refusal import Refusal
from wannb.ui.colours import COLOURS
from wannb.ui.monitor.followed import Followed
from wannb.ui.monitor.logged import Logged
from wannb.ui.monitor.monitor import Monitor, OneRun
from wannb.ui.monitor.panels import PANEL, PANELS, Panel
from wannb.ui.monitor.views import OWN, SERIES, Stretch
from wannb.ui.monitor_heat_plot import draw_norms, draw_quantiles, draw_timesteps
from wannb.ui.plot import Plot

GREY, INK = "#777777", "#222222"
DASHES = ("-", (0, (5, 2)), (0, (1.5, 1.5)), (0, (6, 2, 1, 2)))
KEEP = 0.95
BINS, CELLS = 400, 64
WIDTH, HEIGHT, EDGE = 9.0, 1.4, 0.45  # inches, of the sheet, of one plot with its words, above and below them all
WRAP = 150
MARKS = {"saved": "▪", "previewed": "▶", "changed": "◆", "warned": "▲", "resumed": "↻", "died": "✕", "stopped": "■"}
SPELLED = {"stopped": "ended"}  # when all is done too

Source = Followed | Logged


def monitor_plot(runs: OneRun | Iterable[OneRun], *panels: str) -> Plot:
    """Draw `runs`, as `Monitor` takes them, as it shows them; `panels`: the names of some plots only (`panels.PANELS`).

    Of several runs the curves lie over one another; heat maps, validation and events are those of the first. Raises
    Refusal where no step is recorded yet, a name is no plot's, or a run has nothing for any of `panels`.
    """
    unknown = [name for name in panels if name not in PANEL]
    if unknown:
        raise Refusal(f"The monitor has no plot {unknown[0]!r}: there are {', '.join(PANEL)}.")
    sources = Monitor(runs).sources
    for source in sources:
        source.look(None)
    if not any(source.pictured.last for source in sources):
        raise Refusal(f"{sources[0].name} has no step yet: train first.")
    return sheet(sources, panels)


def sheet(sources: Sequence[Source], panels: Sequence[str] = ()) -> Plot:
    """Draw what `sources` know now. Raises Refusal where that is nothing for any of `panels`."""
    drawn = [panel for panel in PANELS if (not panels or panel.name in panels) and can_draw(panel, sources)]
    if not drawn:
        raise Refusal(f"{sources[0].name} has nothing to draw in {', '.join(panels)} yet.")
    last = max(source.pictured.last for source in sources)
    stretch = sources[0].pictured.stretch(1, last, BINS, CELLS)
    heights = [0.35, *(1.35 if panel.name in ("timesteps", "quantiles", "norms") else 1.0 for panel in drawn)]
    tall = HEIGHT * sum(heights) + 2 * EDGE
    plot = Plot(WIDTH, tall)
    plot.set_layout_engine(None)  # it takes longer than all the drawing
    plot.subplots_adjust(0.075, EDGE / tall, 0.915, 1 - EDGE / tall, hspace=0.7)
    strip, *axes = plot.subplots(len(heights), 1, sharex=True, height_ratios=heights, squeeze=False)[:, 0]
    _draw_strip(strip, sources, stretch)
    for panel, one in zip(drawn, axes, strict=True):
        _draw(panel, one, sources, stretch)
        _say(one, panel, sources[0].pictured.known.account if panel.name == "memory_gib" else "")
    axes[-1].set(xlabel="step", xlim=(0.5, last + 0.5))
    return plot


def can_draw(panel: Panel, sources: Sequence[Source]) -> bool:
    """Whether there is something to draw: heat maps, validation and norms of the first, curves of any."""
    first = sources[0]
    ours = isinstance(first, Followed)
    if panel.name == "timesteps":
        return bool(len(first.pictured.known.draws))
    if panel.name in ("validation", "quantiles"):
        return ours and first.validation() is not None
    if panel.name == "norms":
        return ours and first.norms() is not None
    needed = ("tokens", "seconds") if panel.name == "tokens_s" else (panel.curves[0],)
    return any(all(np.isfinite(one.pictured.known.rows[name]).any() for name in needed) for one in sources)


def _draw(panel: Panel, axes: Axes, sources: Sequence[Source], stretch: Stretch) -> None:
    first = sources[0]
    if panel.name == "timesteps":
        boundary = first.boundary if isinstance(first, Followed) else None
        draw_timesteps(axes, first.pictured.heat(stretch), first.pictured.firsts(), stretch, boundary)
    elif panel.name == "validation":
        _draw_validation(axes, first.validation()["rows"])
    elif panel.name == "quantiles":
        draw_quantiles(axes, first.validation()["rows"])
    elif panel.name == "norms":
        draw_norms(axes, first.norms())
    else:
        _draw_curves(axes, panel, sources, stretch)


def _draw_curves(axes: Axes, panel: Panel, sources: Sequence[Source], stretch: Stretch) -> None:
    for number, source in enumerate(sources):
        packet = source.pictured.curves(stretch, KEEP)
        for place, series in enumerate(SERIES):
            name, _, expert = series.partition("/")
            least, most, mean = packet[:, 1 + 3 * place : 4 + 3 * place].T
            there = np.isfinite(mean)
            if name not in panel.curves or not there.any():
                continue
            colour = COLOURS.get(expert, GREY if name in OWN else INK)
            step = np.minimum((packet[there, 0] + 0.5) * stretch.size + 0.5, stretch.high)
            if name == panel.curves[0] and number == 0:
                axes.fill_between(step, least[there], most[there], color=colour, alpha=0.22, linewidth=0, step="mid")
            if name != "loss":
                style = {"color": colour, "linestyle": DASHES[number % len(DASHES)], "linewidth": 1.2}
                axes.plot(step, mean[there], label=_label(source, expert, len(sources)), **style)
    if panel.log:
        axes.set_yscale("log")
    elif panel.name in ("seconds", "tokens_s", "memory_gib", "lr"):
        axes.set_ylim(0, None)
        axes.yaxis.set_major_formatter("{x:g}")
    if axes.get_legend_handles_labels()[1]:
        axes.legend(frameon=False, fontsize=7, ncols=4, loc="upper right", borderpad=0)


def _label(source: Source, expert: str, count: int) -> str:
    noise = f"{expert} noise" if expert else ""
    return f"{source.name} {noise}".strip() if count > 1 else noise


def _draw_validation(axes: Axes, rows: list[dict]) -> None:
    axes.axhline(0, color=GREY, linewidth=0.8)
    for expert, colour in COLOURS.items():
        own = [row for row in rows if row["stage"] == expert]
        steps = [row["step"] for row in own]
        axes.plot(steps, [row["difference"] for row in own], ".-", color=colour, linewidth=1.2, markersize=4)
        ends = np.array([row["ci95"] or (np.nan, np.nan) for row in own]).reshape(-1, 2)
        axes.fill_between(steps, *ends.T, color=colour, alpha=0.2, linewidth=0)


def _draw_strip(axes: Axes, sources: Sequence[Source], stretch: Stretch) -> None:
    """Which expert ran when, a lane for each run (both in one bin: one above the other); what happened to the first."""
    for lane, source in enumerate(sources):
        packet = source.pictured.curves(stretch, KEEP)
        there = {expert: np.isfinite(packet[:, 3 + 3 * SERIES.index(f"loss/{expert}")]) for expert in COLOURS}
        both = there["high"] & there["low"]
        for row, (expert, colour) in enumerate(COLOURS.items()):
            left = packet[there[expert], 0] * stretch.size + 0.5
            tall = np.where(both[there[expert]], 0.4, 0.8)
            axes.bar(left, tall, stretch.size, lane + 0.4 * row * (tall < 0.5), align="edge", color=colour)
    axes.set(ylim=(len(sources) - 0.1, -0.1), yticks=[])
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    events = sources[0].events if isinstance(sources[0], Followed) else ()
    marked = [event for event in events if event["kind"] in MARKS]
    kinds = {event["kind"] for event in marked}
    happened = [f"{mark} {SPELLED.get(kind, kind)}" for kind, mark in MARKS.items() if kind in kinds]
    title = "   ".join(["Expert at work: high noise orange, low noise blue", *happened])
    axes.set_title(title, loc="left", fontsize=8, pad=12)
    for event in marked:
        place = (max(event["step"], 1), -0.15)
        axes.annotate(MARKS[event["kind"]], place, ha="center", va="bottom", fontsize=6, annotation_clip=False)


def _say(axes: Axes, panel: Panel, account: str) -> None:
    words = textwrap.fill(panel.reading, WRAP)
    unit = ", ".join(filter(None, (panel.unit, account)))
    unit = f" ({unit})" if unit else ""
    axes.set_title(panel.title + unit, loc="left", fontsize=9, fontweight="bold", pad=6 + 9 * (words.count("\n") + 1))
    axes.annotate(words, (0, 1), (0, 4), xycoords="axes fraction", textcoords="offset points", fontsize=7, color=GREY)
    axes.tick_params(labelsize=7, which="both")
    axes.spines[["top", "right"]].set_visible(False)
