"""What a run's validation rows say: on what was measured, and how far each timestep moved."""

from collections.abc import Sequence
from typing import Any

import numpy as np

Row = dict[str, Any]


def of_which(row: Row) -> str:
    """Say in one sentence on what was measured, and what that can show."""
    count = len(row["clips"])
    if row["held_out"]:
        clips = "1 clip that training never sees" if count == 1 else f"{count} clips that training never sees"
        return f"Measured on {clips}: below zero is learned, not memorised."
    clips = "1 of the training clips" if count == 1 else f"{count} of the training clips"
    return f"Measured on {clips}: below zero may be learned or memorised, hold_out tells which."


def certainty(rows: Sequence[Row]) -> str:
    if all(row["ci95"] is None for row in rows):
        return "One clip tells nothing of others: there is no interval."
    return "Band: 95 % interval of the mean over clips; where it reaches across zero, the change may be chance."


def changes_by_timestep(rows: Sequence[Row]) -> list[list[float]]:
    """Return of each row how far the loss at its nine timesteps moved since the row that it is compared with, in % of
    that one's; over the clips that both have."""
    firsts = {(row["stage"], row["step"]): row for row in rows}
    return [_change(row, firsts.get((row["stage"], row["since"]), row)) for row in rows]


def _change(row: Row, first: Row) -> list[float]:
    before, now = np.array(first["per_quantile"], float), np.array(row["per_quantile"], float)
    if "ids" in row and row["ids"] != first.get("ids"):
        both = [one for one in row["ids"] if one in first["ids"]]
        before = np.mean([first["losses"][first["ids"].index(one)] for one in both], 0)
        now = np.mean([row["losses"][row["ids"].index(one)] for one in both], 0)
    return (100 * (now - before) / before).tolist()
