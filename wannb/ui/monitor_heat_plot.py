"""The monitor's heat maps standing still."""

import numpy as np
from matplotlib.axes import Axes

from wannb.ui.monitor.views import BANDS, Stretch

WIDEST = 60.0
"""Per cent of change at which a heat map's colours end, at most."""


def draw_timesteps(
    axes: Axes, packet: np.ndarray, firsts: np.ndarray, stretch: Stretch, boundary: float | None
) -> None:
    """The mean loss of each cell against its band's first losses, in %; blank where nothing was drawn."""
    change = 100 * (packet[:, 1:] / firsts - 1)
    edges = np.append(packet[:, 0], packet[-1, 0] + 1) * stretch.wide + 0.5
    _mesh(axes, change, edges, np.linspace(0, 1000, BANDS + 1), "% of first losses")
    if boundary is not None:
        axes.axhline(boundary, color="#222222", linewidth=0.8, linestyle=(0, (4, 3)))
    axes.set(ylim=(0, 1000))


def draw_quantiles(axes: Axes, rows: list[dict]) -> None:
    """A row for each of an expert's nine timesteps, high noise above; how far its loss moved, in %."""
    steps = sorted({row["step"] for row in rows})
    found = np.full((len(steps), 18), np.nan)
    labels: dict[int, float] = {}
    for row in rows:
        base = 9 if row["stage"] == "high" else 0
        found[steps.index(row["step"]), base : base + 9] = row["change"]
        labels |= {base + place: t for place, t in enumerate(row["timesteps"])}
    _mesh(axes, found, _edges(steps), np.arange(19), "% since the first")
    axes.axhline(9, color="#222222", linewidth=0.8)
    shown = [place for place in sorted(labels) if place % 9 in (1, 4, 7)]
    axes.set_yticks([place + 0.5 for place in shown], [f"{labels[place]:.0f}" for place in shown])


def draw_norms(axes: Axes, found: dict) -> None:
    """‖ΔW‖ / ‖W‖ of each block in %, high noise above low; ‖ΔW‖ itself where ‖W‖ is not known."""
    experts = [expert for expert in ("low", "high") if expert in found]
    steps = sorted({step for expert in experts for step in found[expert]["steps"]})
    relative = all(found[expert]["weights"] for expert in experts)
    columns, ticks = [], []
    for expert in experts:
        one = found[expert]
        table = np.full((len(steps), len(one["blocks"])), np.nan)
        delta = np.array(one["delta"], float)
        share = 100 * delta / np.array(one["weights"]) if relative else delta
        table[[steps.index(step) for step in one["steps"]]] = share
        start = sum(column.shape[1] for column in columns)
        ticks += [(start + 0.5, f"{expert} {one['blocks'][0]}")]
        tens = [place for place in range(1, len(one["blocks"])) if place % 10 == 0]
        ticks += [(start + place + 0.5, one["blocks"][place]) for place in tens]
        columns.append(table)
    values = np.concatenate(columns, 1)
    mesh = axes.pcolormesh(_edges(steps), np.arange(values.shape[1] + 1), values.T, cmap="viridis", vmin=0)
    _bar(axes, mesh, "% of ‖W‖" if relative else "‖ΔW‖")
    if len(experts) == 2:
        axes.axhline(columns[0].shape[1], color="white", linewidth=1.5)
    axes.set_yticks(*zip(*ticks, strict=True))


def _mesh(axes: Axes, values: np.ndarray, x: np.ndarray, y: np.ndarray, label: str) -> None:
    """values: [columns, rows], in %; blue below zero, red above."""
    sizes = np.abs(values[np.isfinite(values)])
    most = min(WIDEST, max(1.0, float(np.quantile(sizes, 0.95)))) if len(sizes) else 1.0
    mesh = axes.pcolormesh(x, y, values.T, cmap="RdBu_r", vmin=-most, vmax=most)
    _bar(axes, mesh, label)


def _bar(axes: Axes, mesh: object, label: str) -> None:
    """What the colours mean, beside the axes, whose width it leaves as it is."""
    bar = axes.figure.colorbar(mesh, cax=axes.inset_axes([1.012, 0, 0.014, 1]))
    bar.set_label(label, fontsize=7)
    bar.ax.tick_params(labelsize=7)


def _edges(steps: list[int]) -> np.ndarray:
    """Of columns measured at `steps`: what each tells came about since the one before, so it reaches back to there."""
    return np.array([min(0, steps[0]), *(steps if steps[0] > 0 else [0.5, *steps[1:]])], float)
