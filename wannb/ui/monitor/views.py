"""A stretch of a run's history as the numbers that plots draw: bins of steps, and cells of steps and timesteps."""

from dataclasses import dataclass

import numpy as np

from wannb.ui.monitor.bins import bin_of, binned, cells, size_for
from wannb.ui.monitor.history import EXPERTS, History

BANDS = 40
"""Rows of the heat map: timesteps 0…1000 in bands of 25, so that both models' boundaries (875, 900) lie between two."""
FIRST = 64
"""Losses of a band from the start of a run that its later ones are compared with."""
OWN = ("loss", "smooth", "lr", "grad_norm", "delta_norm")  # curves that each expert has its own of
SHARED = ("seconds", "tokens_s", "memory_gib")
SERIES = (*(f"{name}/{expert}" for name in OWN for expert in EXPERTS), *SHARED)
"""The curves, in the order of a packet's columns; without a word behind the slash where the expert is not known."""


@dataclass(frozen=True)
class Stretch:
    """Steps `low` … `high` in bins of `size` steps, and `wide` steps for those of a heat map."""

    low: int
    high: int
    size: int
    wide: int

    @classmethod
    def of(cls, low: int, high: int, columns: int, cells_wide: int) -> "Stretch":
        """At most `columns` bins and `cells_wide` wide ones."""
        steps = max(1, high - low + 1)
        return cls(low, high, size_for(steps, max(columns, 2)), size_for(steps, max(cells_wide, 2)))


def curves(history: History, smooth: np.ndarray, stretch: Stretch, after: int = 0) -> np.ndarray:
    """Return the bins of `stretch` from the one with step `after` + 1 on, float32 [bins, 1 + 3 · SERIES]: the bin, and
    of each curve the least, greatest and mean value, NaN where it has none.

    smooth: of each row the running mean of its expert's loss.
    """
    rows, size = history.rows, stretch.size
    first = max(stretch.low - 1, after // size * size)  # a bin that may have grown is told again
    start, end = np.searchsorted(rows["step"], [first, stretch.high], "right")
    where = slice(start, end)
    bins, experts = bin_of(rows["step"][where], size), rows["expert"][where]
    there = np.unique(bins)
    packet = np.full((len(there), 1 + 3 * len(SERIES)), np.nan, np.float32)
    packet[:, 0] = there
    with np.errstate(divide="ignore", invalid="ignore"):
        pace = rows["tokens"][where] / rows["seconds"][where]
    values = {"smooth": smooth[where], "tokens_s": pace}
    for place, name in enumerate(SERIES):
        what, _, expert = name.partition("/")
        own = values[what] if what in values else rows[what][where]
        chosen = slice(None) if what in SHARED else experts == EXPERTS.index(expert)
        found, three = binned(bins[chosen], own[chosen])
        packet[np.searchsorted(there, found), 1 + 3 * place : 4 + 3 * place] = three
    return packet


def heat(history: History, stretch: Stretch, after: int = 0) -> np.ndarray:
    """Return the wide bins of `stretch` from the one with step `after` + 1 on, float32 [bins, 1 + BANDS]: the bin, and
    the mean loss of the draws in each band of timesteps, from 0 up, NaN where there were none."""
    draws, size = history.draws, stretch.wide
    first = max(stretch.low - 1, after // size * size)
    start, end = np.searchsorted(draws["step"], [first, stretch.high], "right")
    where = slice(start, end)
    bins, bands = bin_of(draws["step"][where], size), band_of(draws["timestep"][where])
    there, means = cells(bins, bands, draws["loss"][where], BANDS)
    return np.concatenate([there[:, None], means], 1).astype(np.float32)


def band_of(timestep: np.ndarray) -> np.ndarray:
    return np.clip(timestep * (BANDS / 1000), 0, BANDS - 1).astype(np.int64)


class Firsts:
    """The mean of the first FIRST losses of each band, kept up with a history."""

    def __init__(self, history: History) -> None:
        self._history = history
        self.forget()

    def forget(self) -> None:
        """Begin anew: the history was cut."""
        self._seen, self._sums, self._at = np.zeros(BANDS), np.zeros(BANDS), 0

    def means(self) -> np.ndarray:
        """Return them, [BANDS], NaN where a band was never drawn."""
        draws = self._history.draws
        bands, losses = band_of(draws["timestep"][self._at :]), draws["loss"][self._at :]
        self._at = len(draws)
        for band in np.unique(bands):
            missing = int(FIRST - self._seen[band])
            if missing > 0:
                own = losses[bands == band]
                own = own[np.isfinite(own)][:missing]
                self._seen[band] += len(own)
                self._sums[band] += own.sum()
        return np.divide(self._sums, self._seen, out=np.full(BANDS, np.nan), where=self._seen > 0)
