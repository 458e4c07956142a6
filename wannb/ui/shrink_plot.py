"""What a smaller rank costs: each layer's singular values, where they are cut, and the share that is lost."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from wannb.export.shrink import Layer, ShrunkFile
from wannb.ui.plot import Plot

KEPT, LOST, FAINT, LEAST = "#2f6db5", "#c8502f", 0.12, 1e-5


def plot_shrunk(files: Sequence[ShrunkFile]) -> Plot:
    """A row for each file. Left: the singular values of every layer as shares of its ‖dW‖ (a line each), what is kept
    and what is cut off. Right: how many layers lose how much of ‖dW‖, per cent."""
    figure = Plot(9, 3.1 * len(files))
    for axes, file in zip(figure.subplots(len(files), 2, squeeze=False), files, strict=True):
        _spectra(axes[0], file.layers)
        _losses(axes[1], file)
        axes[0].set_title(file.target.name, fontsize=9, loc="left")
    return figure


def _spectra(axes: Axes, layers: Sequence[Layer]) -> None:
    for layer in layers:
        shares = np.array(layer.values) / (layer.norm or 1.0)
        places = np.arange(1, len(shares) + 1)
        axes.plot(places[: layer.rank], shares[: layer.rank], color=KEPT, alpha=FAINT + 1 / (3 + len(layers)), lw=0.8)
        cut = slice(layer.rank - 1, None)
        axes.plot(places[cut], shares[cut], color=LOST, alpha=FAINT + 1 / (3 + len(layers)), lw=0.8)
    axes.plot([], [], color=KEPT, label="kept")
    axes.plot([], [], color=LOST, label="cut off")
    axes.set(yscale="log", xlabel="singular value, from the largest", ylabel="share of the layer's ‖ΔW‖")
    if axes.get_ylim()[0] < LEAST:  # the zeros of an unused rank would flatten all else
        axes.set_ylim(bottom=LEAST)
    axes.legend(fontsize=8, frameon=False)


def _losses(axes: Axes, file: ShrunkFile) -> None:
    axes.hist([100 * layer.error for layer in file.layers], bins=24, color=KEPT)
    axes.axvline(100 * file.error, color=LOST, lw=1.2, label=f"all together: {100 * file.error:.1f} %")
    axes.set(xlabel="lost of a layer's ‖ΔW‖, %", ylabel="layers")
    axes.legend(fontsize=8, frameon=False)
    saved = 100 * (1 - file.bytes_after / file.bytes_before)
    sizes = f"{file.bytes_before / 1e6:.3g} to {file.bytes_after / 1e6:.3g} MB"
    axes.set_title(f"{sizes} ({saved:.0f} % smaller)", fontsize=9, loc="left")
