"""What each plot of the monitor shows, and how to read it: the same words in the browser and in the static sheet."""

from typing import NamedTuple


class Panel(NamedTuple):
    """One plot: its `unit` is that of the axis, empty where the title has it; `curves` are names of `views.SERIES`
    without the expert."""

    name: str
    title: str
    unit: str
    reading: str
    curves: tuple[str, ...] = ()
    log: bool = False


PANELS = (
    Panel(
        "loss", "Loss", "mean squared error",
        "A flow loss hardly falls: most of it is noise that nobody can know. Look for a slow drift of the smoothed "
        "curve, for jumps, and judge by the clips.", ("loss", "smooth"),
    ),
    Panel(
        "timesteps", "Loss by timestep", "",
        "A row is a band of timesteps, so what is hard at any time does not hide what is learned. Blue is below the "
        "band's first losses, red above; blank was never drawn. Trust areas, not single cells.",
    ),
    Panel(
        "validation", "Validation", "loss minus the first",
        "The same clips, noise and timesteps each time, so the noise cancels: this curve does tell.",
    ),
    Panel(
        "quantiles", "Validation by timestep", "",
        "How far the loss at each of nine timesteps of an expert moved since the first measurement. A row that turns "
        "red late is what overfits first.",
    ),
    Panel(
        "norms", "‖ΔW‖ / ‖W‖ by block", "",
        "How far the LoRA moves each block, measured at each save. It grows fast, then levels off; one block far above "
        "the others, or growth without end, is a rate too high.",
    ),
    Panel("lr", "Learning rate", "", "The rate of each step, with warm-up and schedule, as it was used.", ("lr",)),
    Panel(
        "grad_norm", "Gradient norm", "before clipping",
        "Spikes are single hard clips; a level that rises for long comes before a run that falls apart.",
        ("grad_norm",), True,
    ),
    Panel(
        "seconds", "Seconds a step", "s",
        "The time of one step alone. Bands apart are buckets of different size, or the two experts.", ("seconds",),
    ),
    Panel(
        "tokens_s", "Tokens a second", "tokens / s", "The speed whatever the buckets: it ought to be flat.",
        ("tokens_s",),
    ),
    Panel(
        "memory_gib", "Memory", "GiB",
        "The most that one step took. It ought to be flat after every bucket came up once; a climb is a leak.",
        ("memory_gib",),
    ),
)  # fmt: skip
PANEL = {panel.name: panel for panel in PANELS}
