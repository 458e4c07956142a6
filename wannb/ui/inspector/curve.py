"""A clip's time as it is drawn: how much moves when, and where cuts, black frames and dead time are."""

from pathlib import Path
from typing import Any

import numpy as np

from wannb.data.facts import VideoFacts
from wannb.data.looks import look
from wannb.data.video import probe

MOST_POINTS = 480
"""Of the curve; of more frames the greatest motion in each stretch is drawn."""


def curve_of(path: Path) -> dict[str, Any]:
    """`motion`: points 0…1 over the clip's length; `cuts`, `still`, `black`: seconds; `box`: the picture inside bars.

    Raises Refusal for a clip that cannot be read.
    """
    facts = probe(path)
    if facts.is_image:
        return {"motion": [], "cuts": [], "still": [], "black": [], "box": None}
    seen = look(path)
    still = [(0, seen.still_start), (facts.frames - seen.still_end, facts.frames)]
    return {
        "motion": points(seen.motion),
        "cuts": [_edge(facts, cut) for cut in seen.cuts],
        "still": [[_edge(facts, a), _edge(facts, b)] for a, b in still if a < b],
        "black": [[_edge(facts, a), _edge(facts, b)] for a, b in seen.black],
        "box": list(map(int, seen.box)) if seen.box else None,
    }


def points(motion: np.ndarray) -> list[float]:
    """At most MOST_POINTS of `motion` [F - 1], 1 being all but the wildest (a cut must not flatten the rest)."""
    if not len(motion):
        return []
    stretches = np.array_split(motion, min(MOST_POINTS, len(motion)))
    most = np.array([one.max() for one in stretches])
    top = max(float(np.quantile(most, 0.98)), 1e-6)
    return [round(min(1.0, float(value) / top), 3) for value in most]


def _edge(facts: VideoFacts, frame: int) -> float:
    """Seconds at which `frame` begins, or, past the last one, at which the clip ends."""
    return round(facts.time_of(frame) if frame < facts.frames else length(facts), 4)


def length(facts: VideoFacts) -> float:
    """Seconds from the first frame's beginning to the last one's end; 0 where the rate is not known."""
    if facts.fps <= 0:
        return 0.0
    return facts.time_of(facts.frames - 1) + 1 / facts.fps
