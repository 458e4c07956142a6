"""The noise schedule of Wan 2.2: where one expert hands over to the other, and how previews and Shift are bent."""

from collections.abc import Mapping
from typing import Any

BOUNDARY = {"t2v": 0.875, "i2v": 0.900}  # decision 1, from Wan's own configuration files
SHIFT = {"t2v": 12.0, "i2v": 5.0}


def of_model(index: Mapping[str, Any], task: str) -> tuple[float, float]:
    """(boundary, shift) of a model for `task` ("t2v" | "i2v") whose `model_index.json` is `index` (decision 1)."""
    own = index.get("wannb") or {}
    return float(index.get("boundary_ratio") or BOUNDARY[task]), float(own.get("shift") or SHIFT[task])
