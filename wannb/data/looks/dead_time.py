"""Standing about at either end of a clip: pictures that do not get away from the first, or from the last."""

import numpy as np

_LEAST, _MOST = 2.5, 12.0
"""Levels of 255: what is less apart is noise of the codec at its best, what is more apart is seen to move."""
_OVER_STEP = 1.6
_OF_FURTHEST = 0.04
"""Of the furthest that the clip gets: after a movement, a codec takes some frames to finish the picture."""
_STILL = 8.0
_SETTLED = 2.0
"""Levels: a clip is still where it never gets further from its first frame than that, and either not further than its
largest step or, after the first quarter, no further than it is."""


def standing(away: np.ndarray, motion: np.ndarray) -> int:
    """How many frames, from the first on, show its scene unmoved; N where all do.

    away: [N] how far each is from the first, in levels of 255, `away[0]` being 0; motion: [N - 1] the steps from one
    to the next. What moves, however slowly, gets further away than its steps are large; noise, and a codec's leaps
    from one key frame to the next, do not.
    """
    if len(away) < 2 or _stays(away, motion):
        return len(away)
    least = max(_LEAST, _OF_FURTHEST * float(np.minimum(away, 100).max()))
    limit = np.clip(_OVER_STEP * np.maximum.accumulate(motion), least, _MOST)
    over = np.flatnonzero(away[1:] > limit)
    return _onset(away[1:], int(over[0])) + 1 if over.size else len(away)


def _stays(away: np.ndarray, motion: np.ndarray) -> bool:
    """Whether no frame is further away than noise takes it, in one leap or, as a codec averages it out, in some."""
    furthest = float(away.max())
    settled = float(np.ptp(away[len(away) // 4 :])) <= _SETTLED
    return furthest <= _STILL and (settled or furthest <= max(_LEAST, _OVER_STEP * float(motion.max())))


def _onset(away: np.ndarray, seen: int) -> int:
    """The first step of the movement that is over the limit at `seen`: where the distance rises from its rest."""
    rest = away[:seen]
    if seen and away[seen] < 1.5 * rest[-1] and _rises_steadily(rest):
        return 0
    middle = float(np.median(rest[: len(rest) // 2 + 1])) if seen else 0.0
    spread = 1.4826 * float(np.median(np.abs(rest - middle))) if seen else 0.0
    calm = np.flatnonzero(rest <= middle + max(0.4, 3 * spread, 0.3 * (away[seen] - middle)))
    return int(calm[-1]) + 1 if calm.size else 0


def _rises_steadily(rest: np.ndarray) -> bool:
    """Whether it has moved, slowly, from the very first frame."""
    if len(rest) < 4:
        return False
    third = len(rest) // 3
    return bool((np.diff(rest) > 0).mean() > 0.85 and np.median(rest[:third]) < 0.5 * np.median(rest[-third:]))
