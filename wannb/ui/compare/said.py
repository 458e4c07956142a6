"""The figures under a clip, as the page names them."""

from typing import Any

from wannb.data.figures import NAMES

USUAL = ("motion", "motion_likeness", "colour_likeness", "drift")
ROUND = ("direction", "turning")
"""Angles: more of them is not more, so they are not coloured."""
SHORT = {
    "% of the width/s": "%/s",
    "% of the picture": "%",
    "% of what the pixels can hold": "%",
    "% of full scale": "%",
    "levels of 255": "/255",
    "0 to 1": "",
}
"""Units where there is little room; the whole one stands where figures are chosen."""


def figure_names() -> list[dict[str, Any]]:
    """Each figure: `name`, `label`, `unit` and the same `short`, what it `tells`, whether a row is coloured by it."""
    return [
        {"name": name, "label": one.label, "unit": one.unit, "short": SHORT.get(one.unit, one.unit),
         "tells": one.tells, "scale": name not in ROUND}
        for name, one in NAMES.items()
    ]  # fmt: skip
