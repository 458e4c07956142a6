"""Pairs of LoRA files by what their clips show."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from wannb.runs.choosing.measured import Measured, Measures
from wannb.runs.clips.wish import Wish
from wannb.runs.run import Run


@dataclass(frozen=True)
class Rated:
    """A pair, over its clips. learned: per cent, how like the training clips in what the LoRA is for.
    sound: per cent, 100 for clips as sharp, quiet and bright as the base's and the training clips.
    drift: per cent of full scale from the base's clips."""

    high: int
    low: int
    clips: int
    learned: float | None
    sound: float
    drift: float | None

    def to_dict(self) -> dict[str, Any]:
        return {name: round(one, 1) if isinstance(one, float) else one for name, one in asdict(self).items()}


def rated(run: Run, clips: Iterable[Wish]) -> list[Rated]:
    """The pairs of `clips` that are made already, best first."""
    measures = Measures(run)
    pairs: dict[tuple[int, int], list[Measured]] = {}
    for wish in clips:
        seen = measures.of(wish)
        if seen is not None:
            pairs.setdefault((wish.high, wish.low), []).append(seen)
    rows = [_rated(run.config.wannb.kind, pair, seen) for pair, seen in pairs.items()]
    return sorted(rows, key=lambda row: -(row.learned or 0))


def _rated(kind: str | None, pair: tuple[int, int], seen: list[Measured]) -> Rated:
    likeness = "motion_likeness" if kind in ("motion", None) else "colour_likeness"
    learned = [one for each in seen if (one := getattr(each, likeness)) is not None]
    drifts = [each.drift for each in seen if each.drift is not None]
    mean = float(np.mean(drifts)) if drifts else None
    return Rated(*pair, len(seen), float(np.mean(learned)) if learned else None, 100.0, mean)
