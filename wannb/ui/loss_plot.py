"""The loss of a run, standing still: by step, and by timestep."""

import numpy as np
from matplotlib.axes import Axes

from wannb.refusal import Refusal
from wannb.runs.columns import Columns
from wannb.runs.run import Run
from wannb.ui.colours import COLOURS
from wannb.ui.plot import Plot
from wannb.ui.smoothing import smoothed

READING = "Judge by the clips: much of a flow-matching loss is noise that nobody can know."


def loss_plot(run: Run | str) -> Plot:
    """Draw `run`: on the left each expert's loss by step, raw and smoothed; on the right each item's loss by timestep.

    Raises Refusal where no step is recorded yet.
    """
    run = run if isinstance(run, Run) else Run(run)
    rows = run.metrics()
    if not rows:
        raise Refusal(f"{run.path} has no step yet: train first.")
    plot = Plot(9, 3.2)
    by_step, by_timestep = plot.subplots(1, 2)
    _by_step(by_step, rows)
    _by_timestep(by_timestep, rows)
    plot.suptitle(READING, fontsize=9, color="#666666")
    return plot


def _by_step(axes: Axes, rows: Columns) -> None:
    for expert, colour in COLOURS.items():
        own = rows.of(expert)
        if own:
            steps, losses = own["step"], own["loss"]
            axes.plot(steps, losses, ".", color=colour, alpha=0.25, markersize=3)
            axes.plot(steps, smoothed(losses), color=colour, label=f"{expert} noise")
    axes.set(xlabel="step", ylabel="loss (mean squared error)", ylim=(0, None))
    axes.legend(frameon=False, fontsize=8)


def _by_timestep(axes: Axes, rows: Columns) -> None:
    for expert, colour in COLOURS.items():
        own = rows.of(expert)
        if own:
            timesteps, losses = np.concatenate(own["timesteps"]), np.concatenate(own["losses"])
            axes.plot(timesteps, losses, ".", color=colour, alpha=0.35, markersize=3)
    axes.set(xlabel="timestep", ylabel="loss of one clip", xlim=(0, 1000), ylim=(0, None))
