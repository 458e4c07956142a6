"""What the losses on the validation clips say of each expert's files."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from wannb.train.confidence import Difference, compare

Row = dict[str, Any]


@dataclass(frozen=True)
class Validated:
    """One expert, of `losses` by step.

    best: the measured step of least loss.  worse: steps that are surely worse than step 0, and later ones not better.
    rises: by how much the last step is surely worse than the best, None where it is not.  held_out: no clip was trained
    on.
    """

    best: int
    last: int
    worse: frozenset[int]
    rises: Difference | None
    held_out: bool
    losses: dict[int, float]

    @classmethod
    def of(cls, rows: Sequence[Row], expert: str) -> "Validated | None":
        """None with fewer than two measurements."""
        mine = [row for row in rows if row.get("stage") == expert and row.get("losses")]
        if len(mine) < 2:
            return None
        best = min(mine, key=lambda row: row["loss"])
        since = _against(mine[-1], best)
        return cls(
            best=best["step"],
            last=mine[-1]["step"],
            worse=frozenset(_worse(mine)),
            rises=since if _surely_more(since) else None,
            held_out=all(row.get("held_out") for row in mine),
            losses={row["step"]: row["loss"] for row in mine},
        )


def _worse(rows: list[Row]) -> list[int]:
    sure = [row["step"] for row in rows[1:] if _surely_more(_against(row, rows[0]))]
    return [row["step"] for row in rows[1:] if sure and row["step"] >= sure[0] and row["loss"] > rows[0]["loss"]]


def _against(row: Row, before: Row) -> Difference | None:
    """The paired difference on the clips that both rows measure."""
    now, then = (dict(zip(one["ids"], one["losses"], strict=True)) for one in (row, before))
    shared = [one for one in now if one in then]
    same = shared and row.get("timesteps") == before.get("timesteps")
    return compare([now[one] for one in shared], [then[one] for one in shared]) if same else None


def _surely_more(difference: Difference | None) -> bool:
    return difference is not None and difference.low is not None and difference.low > 0
