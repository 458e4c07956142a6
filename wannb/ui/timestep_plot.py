"""Where on the noise schedule a job trains, before it runs, and what a run really drew laid over it.

Each expert's part of the picture is as wide as its share of the steps, and a height is how often a timestep comes up
against an even spread over that expert. So equal areas are equal numbers of draws, across the boundary too.
"""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from wannb.job import Job
from wannb.job.setting import facts_of
from wannb.job.train import TIMESTEP_TYPES, Train
from wannb.refusal import Refusal
from wannb.runs.run import Run
from wannb.train.densities import densities, steps_of
from wannb.train.timesteps import Timesteps, expert_range
from wannb.ui.colours import COLOURS
from wannb.ui.plot import Plot
from wannb.ui.timestep_view import HIGHEST, NARROWEST, beyond
from wannb.wan.schedule import known_schedule

INK, GREY = "#222222", "#777777"
BARS, FEWEST = 30, 12  # at most so many bars of a histogram, each of at least so many draws where there are enough
APART = 0.06  # of the width, between two ticks
LABEL = 0.13  # of the width, that a short label takes


def plot_timesteps(job: Job, run: Run | str | Path | None = None) -> Plot:
    """Draw how `job` spreads its draws over the timesteps of each expert, and its steps over the experts.

    run: a run (or its folder) whose recorded timesteps are laid over it as an outline. The filled areas are exact,
    from the functions that training draws with. Raises Refusal where no expert is trained, a setting of the draw has
    no meaning, or the run has no step yet.
    """
    boundary, shift = known_schedule(job)
    experts, steps = densities(job, boundary, shift), steps_of(job)
    if not experts:
        raise Refusal("The job trains neither High Noise nor Low Noise: switch one of them on.")
    plot = Plot(9, 3.6)
    axes = plot.subplots()
    _lay_out(axes, 1000 * boundary, steps.get("high", 0) / job.train.steps)
    trained = {expert: one for expert, one in experts.items() if steps[expert]}
    tops = [_fill(axes, expert, one) for expert, one in trained.items()]
    if run is not None:
        tops.append(_lay_over(axes, run if isinstance(run, Run) else Run(run), boundary))
    top = min(HIGHEST, 1.15 * max(tops))
    axes.set_ylim(0, top)
    for expert, colour in COLOURS.items():
        words = f"{steps[expert]} of {job.train.steps} steps" if expert in experts else "not trained"
        _say_expert(axes, expert, words, colour if expert in trained else GREY)
        if expert in trained:
            _say_half(axes, expert, trained[expert])
            _say_cut(axes, trained[expert], top)
    if axes.get_legend_handles_labels()[1]:
        plot.legend(frameon=False, fontsize=8, loc="outside lower center", ncols=2)
    plot.suptitle(_reading(job, shift), fontsize=9, color=GREY)
    return plot


def _lay_out(axes: Axes, split: float, high_share: float) -> None:
    """Give the axes their scales, ticks and lines: t runs from 1000 to 0, bent once, at the boundary `split`."""
    low = 1 - high_share if 0 < high_share < 1 else NARROWEST if high_share else 1 - NARROWEST
    places = [0.0, low, 1.0]

    def place(t: np.ndarray) -> np.ndarray:
        return np.interp(t, [0.0, split, 1000.0], places)

    axes.set_xscale("function", functions=(place, lambda x: np.interp(x, places, [0.0, split, 1000.0])))
    axes.set(xlim=(1000, 0), ylabel="how often (1× = even spread)")
    ticks = [1000.0, split, 0.0, *_ticks(0.0, split, low), *_ticks(split, 1000.0, 1 - low)]
    names = {1000.0: "1000\npure noise", split: f"{split:g}\nboundary", 0.0: "0\nclean clip"}
    axes.set_xticks(ticks, [names.get(t, f"{t:g}") for t in ticks])
    axes.set_xticks([], minor=True)
    axes.yaxis.set_major_formatter(lambda y, _: f"{y:g}×")
    axes.axvline(split, color=GREY, linewidth=1, linestyle=(0, (4, 3)))
    axes.axhline(1, color=GREY, linewidth=0.6, zorder=0)
    axes.spines[["top", "right"]].set_visible(False)


def _ticks(lowest: float, highest: float, width: float) -> list[float]:
    """Round timesteps inside a range that is `width` of the picture, not too near to each other or to its ends."""
    apart = APART * (highest - lowest) / width
    step = next((step for step in (10, 20, 25, 50, 100, 200, 250) if step >= apart), 500)
    return [t for t in np.arange(step, 1000.0, step) if lowest + apart <= t <= highest - apart]


def _fill(axes: Axes, expert: str, one: Timesteps) -> float:
    """Draw the density of `one` and return how high it goes, leaving out the last step to an infinite end."""
    lowest, highest = one.range
    # Where the density is steep the draws are, so their quantiles resolve it.
    t = np.union1d(np.linspace(lowest, highest, 300), one.quantile(np.linspace(0, 1, 300)))
    heights = one.density(t) * (highest - lowest)
    shown, colour = np.minimum(heights, 2 * HIGHEST), COLOURS[expert]
    axes.fill_between(t, shown, color=colour, alpha=0.25, linewidth=0)
    axes.plot(t, shown, color=colour, linewidth=1.6)
    if one.kind == "weighted":
        heights = heights * one.loss_weights(t)
        label = None if axes.get_legend_handles_labels()[1] else "what counts: draws times their weight in the loss"
        axes.plot(t, np.minimum(heights, 2 * HIGHEST), "--", color=colour, linewidth=1.3, label=label)
        shown = np.maximum(shown, heights)
    return float(shown.max())


def _lay_over(axes: Axes, run: Run, boundary: float) -> float:
    """Draw the outline of what `run` drew and return the height of its highest bar."""
    rows = run.metrics()
    if "timesteps" not in rows:
        raise Refusal(f"{run.path} has no step yet: train first, or leave the run away.")
    each = {expert: [drawn for drawn in rows.of(expert)["timesteps"] if drawn] for expert in COLOURS}
    drawn = {expert: np.concatenate([[], *own]) for expert, own in each.items()}
    steps = sum(map(len, each.values()))
    label, top = f"really drawn: {sum(map(len, drawn.values()))} timesteps in {steps} steps", 0.0
    for expert, values in drawn.items():
        lowest, highest = expert_range(expert, boundary)
        if len(values) and highest > lowest:
            width = (highest - lowest) / min(BARS, max(4, len(values) // FEWEST))
            edges = _edges(values, lowest, highest, width)
            heights = np.histogram(values, edges)[0] / len(values) * (highest - lowest) / width
            axes.stairs(heights, edges, color=INK, linewidth=1, label=label)
            top, label = max(top, heights.max()), None
    return float(top)


def _edges(values: np.ndarray, lowest: float, highest: float, width: float) -> np.ndarray:
    """Edges `width` apart that meet both ends of the range, and go on where another boundary's draws lie beyond it."""
    first = np.floor(min(0.0, (values.min() - lowest) / width + 1e-4))
    last = np.ceil((max(highest, values.max()) - lowest) / width - 1e-4)
    return lowest + width * np.arange(first, last + 1)


def _say_expert(axes: Axes, expert: str, words: str, colour: str) -> None:
    side, align = (0.0, "left") if expert == "high" else (1.0, "right")
    words = f"{expert} noise: {words}"
    axes.text(side, 1.04, words, transform=axes.transAxes, ha=align, fontsize=10, weight="bold", color=colour)


def _say_half(axes: Axes, expert: str, one: Timesteps) -> None:
    """Mark the timestep above which half of the expert's draws lie."""
    middle = float(one.quantile(0.5))
    height = float(one.density(middle)) * (one.range[1] - one.range[0])
    axes.vlines(middle, 0, min(height, HIGHEST), color=COLOURS[expert], linewidth=0.8)
    here, end, start = (axes.transScale + axes.transLimits).transform([(t, 0) for t in (middle, *one.range)])[:, 0]
    if end - start > LABEL:
        side, align = (4, "left") if end - here > LABEL else (-4, "right")
        words = f"half above {middle:.0f}"
        axes.annotate(words, (middle, 0), (side, 4), textcoords="offset points", ha=align, fontsize=8, color=INK)


def _say_cut(axes: Axes, one: Timesteps, top: float) -> None:
    """Where the density leaves the axis at an end, say how many draws lie there."""
    cut = beyond(one, top)
    if cut:
        inward, align = (14, "left") if cut["where"] == "above" else (-14, "right")
        axes.annotate(
            f"{cut['share']:.0%} of its draws\n{cut['where']} {cut['mark']}", (cut["at"], top), (inward, -2),
            textcoords="offset points", ha=align, va="top", fontsize=8, color=INK,
        )  # fmt: skip


def _reading(job: Job, shift: float) -> str:
    kind, bias = job.train.timestep_type, job.train.content_or_style
    biases = facts_of(Train.model_fields["content_or_style"])["choices"]
    law = TIMESTEP_TYPES[kind] + (f" {shift:g}" if kind == "shift" else "")
    return f"Timestep Type {law}, Timestep Bias {biases[bias]}. Equal areas are equal numbers of draws."
