"""What validation found: how far each expert's loss on fixed clips moved, how sure that is, and at which timesteps."""

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from wannb.refusal import Refusal
from wannb.runs.run import Run
from wannb.ui.colours import COLOURS
from wannb.ui.plot import Plot
from wannb.ui.validated import certainty, of_which

Row = dict[str, Any]


def validation_plot(run: Run | str) -> Plot:
    """Draw `run`'s validation: on the left each expert's difference to the first measurement by step, with its 95 %
    band; on the right the loss at nine timesteps of each expert, first measurement against newest.

    Raises Refusal where nothing was measured yet.
    """
    run = run if isinstance(run, Run) else Run(run)
    rows = run.validation()
    if not rows:
        raise Refusal(f"{run.path} has no validation yet: set wannb.validate_every to a number of steps and train.")
    plot = Plot(9, 3.6)
    by_step, by_timestep = plot.subplots(1, 2, width_ratios=(1.5, 1))
    _by_step(by_step, rows)
    _by_timestep(by_timestep, rows)
    plot.suptitle(f"{of_which(rows[-1])}\n{certainty(rows)}", fontsize=9, color="#666666")
    return plot


def _by_step(axes: Axes, rows: Sequence[Row]) -> None:
    axes.axhline(0, color="#888888", linewidth=1)
    for expert, colour in COLOURS.items():
        own = [row for row in rows if row["stage"] == expert]
        if own:
            steps = [row["step"] for row in own]
            axes.plot(steps, [row["difference"] for row in own], ".-", color=colour, label=f"{expert} noise")
            _band(axes, own, colour)
    since = sorted({row["since"] for row in rows})
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    axes.set(xlabel="step", ylabel=f"loss minus loss at step {', '.join(map(str, since))}")
    axes.legend(frameon=False, fontsize=8)


def _band(axes: Axes, rows: Sequence[Row], colour: str) -> None:
    """Fill the interval of each measurement; nothing where there is none."""
    nothing = (float("nan"), float("nan"))
    low, high = zip(*(row["ci95"] or nothing for row in rows), strict=True)
    axes.fill_between([row["step"] for row in rows], low, high, color=colour, alpha=0.2, linewidth=0)


def _by_timestep(axes: Axes, rows: Sequence[Row]) -> None:
    """The experts side by side, each timestep with the same room: the high-noise expert's lie close together."""
    places, timesteps = [], []
    for expert, colour in COLOURS.items():
        own = [row for row in rows if row["stage"] == expert]
        if own:
            newest = own[-1]
            first = next(row for row in own if row["step"] == newest["since"])
            at = [place + (11 if expert == "high" else 0) for place in range(len(newest["timesteps"]))]
            axes.plot(at, first["per_quantile"], "o--", mfc="none", color=colour, alpha=0.6, markersize=5)
            axes.plot(at, newest["per_quantile"], ".-", color=colour, markersize=6)
            places += at[::4]
            timesteps += newest["timesteps"][::4]
    axes.plot([], [], "o--", mfc="none", color="#666666", label=f"step {rows[-1]['since']}")
    if rows[-1]["step"] != rows[-1]["since"]:
        axes.plot([], [], ".-", color="#666666", label=f"step {rows[-1]['step']}")
    axes.set(xlabel="timestep", ylabel="loss (mean squared error)", ylim=(0, None))
    axes.set_xticks(places, [f"{t:.0f}" for t in timesteps])
    axes.legend(frameon=False, fontsize=8)
