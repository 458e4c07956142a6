"""The rows of a run as arrays that grow, and can be cut: what the plots are made of."""

from collections.abc import Iterable
from typing import Any

import numpy as np

EXPERTS = ("high", "low", "")
"""A row's expert by its index; "" where a log does not tell whose step it was."""
NUMBERS = ("loss", "lr", "grad_norm", "seconds", "tokens", "memory_gib", "delta_norm")
COLUMNS = ("step", "expert", *NUMBERS)
DRAWS = ("step", "timestep", "loss")
FEWEST = 1024  # rows that room is made for at once


class Grown:
    """Columns float32 or float64 [n] with room to grow; the first one ascends."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names, self._count = {name: i for i, name in enumerate(names)}, 0
        self._values = np.empty((len(names), FEWEST))

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, name: str) -> np.ndarray:
        return self._values[self._names[name], : self._count]

    def add(self, values: np.ndarray) -> None:
        """values: [names, new]."""
        count = self._count + values.shape[1]
        if count > self._values.shape[1]:
            wider = np.empty((len(self._values), max(count, self._values.shape[1] * 3 // 2)))
            wider[:, : self._count] = self._values[:, : self._count]
            self._values = wider
        self._values[:, self._count : count] = values
        self._count = count

    def cut(self, after: float) -> None:
        """Drop what comes after the value `after` of the first column."""
        self._count = int(np.searchsorted(self._values[0, : self._count], after, "right"))


class History:
    """The rows of one run by step: `rows` has COLUMNS, `draws` one entry for each item of each step.

    A number that a row does not have is NaN.
    """

    def __init__(self) -> None:
        self.rows, self.draws = Grown(COLUMNS), Grown(DRAWS)
        self.account = ""  # what tells the memory

    @property
    def last(self) -> int:
        """The last step, 0 without one."""
        return int(self.rows["step"][-1]) if len(self.rows) else 0

    def add(self, rows: Iterable[dict[str, Any]]) -> None:
        """Append rows of a metrics log whose steps ascend; what does not ascend is left out."""
        last, values, draws = self.last, [], []
        for row in rows:
            step = row["step"]
            if step <= last:
                continue
            last = step
            values.append(_numbers(row))
            self.account = row.get("memory_of") or self.account
            timesteps, losses = row.get("timesteps"), row.get("losses")
            if isinstance(timesteps, list) and isinstance(losses, list):
                draws += [(step, t, loss) for t, loss in zip(timesteps, losses, strict=False)]
        if values:
            self.rows.add(np.array(values, float).T)
        if draws:
            self.draws.add(np.array(draws, float).T)

    def cut(self, step: int) -> None:
        """Drop what comes after `step`."""
        self.rows.cut(step)
        self.draws.cut(step)


def _numbers(row: dict[str, Any]) -> list[float]:
    stage = row.get("stage")
    expert = EXPERTS.index(stage) if stage in EXPERTS else 2
    return [row["step"], expert, *(_number(row.get(name), stage) for name in NUMBERS)]


def _number(value: Any, stage: str | None) -> float:
    """A number of a row; of one by expert (`delta_norm`) that of the row's own."""
    if isinstance(value, dict):
        value = value.get(stage)
    return float(value) if isinstance(value, (int, float)) else np.nan
