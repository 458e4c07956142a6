"""A history as a browser asks for it: a stretch of steps in as many bins as it has pixels, and of that what is new."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from wannb.ui.monitor.history import EXPERTS, History
from wannb.ui.monitor.views import BANDS, Firsts, Stretch, curves, heat
from wannb.ui.smoothing import Smoothing

DRAWN = 6  # losses that the mean of a cell of the heat map is to have, about
LEAST_CELLS = 12

Answer = tuple[dict[str, Any], list[bytes]]


class Pictured:
    """The rows of one run: `known` are all up to some step; `sample` are some of those after it, not yet read."""

    def __init__(self) -> None:
        self.known, self.sample = History(), History()
        self.cuts: list[int] = []  # the steps after which a resume took rows back, in order
        self._smooth, self._firsts = Smooth(self.known), Firsts(self.known)

    @property
    def last(self) -> int:
        return max(self.known.last, self.sample.last)

    def add(self, rows: Iterable[dict[str, Any]]) -> None:
        self.known.add(rows)

    def back_to(self, step: int) -> None:
        """Drop what a resume took back."""
        self.cuts.append(step)
        self.known.cut(step)
        self._smooth.forget()
        self._firsts.forget()
        self.forget_sample()

    def forget_sample(self) -> None:
        """There is nothing beyond what is known, or it is another than it was."""
        self.sample = History()

    def answer(self, view: dict[str, Any], have: dict[str, Any], heated: bool) -> Answer:
        """Return what a browser lacks that shows `view` and has `have`: curves, with `heated` also the heat map.

        view: `low` and `high` step (high None: to the last), `columns`, `cells` (most bins), `keep` of the running
        mean. have: the mapping that it was given last. A packet replaces the bins from its `first` on.
        """
        low, high = int(view.get("low") or 1), int(view.get("high") or max(self.last, 1))
        stretch, keep = self.stretch(low, high, int(view["columns"]), int(view["cells"])), float(view["keep"])
        about = {"low": low, "open": not view.get("high"), "high": view.get("high"), "size": stretch.size,
                 "wide": stretch.wide, "keep": keep, "heated": heated}  # fmt: skip
        same = all(have.get(name) == value for name, value in about.items())
        after = min([int(have["last"]), *self.cuts[int(have["cuts"]) :]]) if same else 0
        first = max(low - 1, after)
        facts = {**about, "last": self.known.last, "cuts": len(self.cuts), "account": self.known.account,
                 "steps": self.last, "whole": not same,
                 "first": first // stretch.size, "first_wide": first // stretch.wide}  # fmt: skip
        packets = [self.curves(stretch, keep, after)]
        if heated:
            packets += [self.heat(stretch, after), self.firsts().astype(np.float32)]
        return facts, [packet.tobytes() for packet in packets]

    def stretch(self, low: int, high: int, columns: int, most_cells: int) -> Stretch:
        """Steps `low` … `high` in at most `columns` bins; in few cells where each would hold few losses."""
        steps, draws = self.known.rows["step"], self.known.draws["step"]
        each = len(draws) / max(1, len(steps)) * (high - low + 1)
        cells = np.clip(each / (BANDS * DRAWN), min(LEAST_CELLS, most_cells), most_cells)
        return Stretch.of(low, high, columns, int(cells))

    def curves(self, stretch: Stretch, keep: float, after: int = 0) -> np.ndarray:
        """`views.curves` of what is known and, beyond it, of the sample."""
        packet = curves(self.known, self._smooth.of(keep), stretch, after)
        if self.sample.last <= self.known.last:
            return packet
        more = curves(self.sample, Smooth(self.sample).of(keep), stretch, max(after, self.known.last))
        return _joined(packet, more)

    def heat(self, stretch: Stretch, after: int = 0) -> np.ndarray:
        """`views.heat` of the same."""
        packet = heat(self.known, stretch, after)
        if self.sample.last <= self.known.last:
            return packet
        return _joined(packet, heat(self.sample, stretch, max(after, self.known.last)))

    def firsts(self) -> np.ndarray:
        """`Firsts.means`; of the sample too, as long as that is what the plot shows."""
        known = self._firsts.means()
        return np.where(np.isnan(known), Firsts(self.sample).means(), known)


def _joined(packet: np.ndarray, more: np.ndarray) -> np.ndarray:
    """Put bins after bins; where both have one the first holds."""
    last = packet[-1, 0] if len(packet) else -1
    return np.concatenate([packet, more[more[:, 0] > last]])


class Smooth:
    """The running means of a history's losses, each expert's own, kept up with it."""

    def __init__(self, history: History) -> None:
        self._history = history
        self.forget()

    def forget(self) -> None:
        self._keep, self._values, self._count = -1.0, np.empty(0), 0
        self._means: list[Smoothing] = []

    def of(self, keep: float) -> np.ndarray:
        """Return of each row the running mean of its expert's loss; keep: the old mean's share, below 1."""
        if keep != self._keep:
            self._keep, self._count, self._means = keep, 0, [Smoothing(keep) for _ in EXPERTS]
        rows = self._history.rows
        count, done = len(rows), self._count
        if len(self._values) < count:
            self._values = np.concatenate([self._values, np.empty(max(count, 1024) * 3 // 2 - len(self._values))])
        losses, experts = rows["loss"][done:], rows["expert"][done:]
        for index, mean in enumerate(self._means):
            own = experts == index
            if own.any():
                self._values[done:count][own] = mean.more(losses[own])
        self._count = count
        return self._values[:count]
