"""Standing about at either end of a clip: pictures that do not get away from the first, or from the last."""

import numpy as np

_LEAST, _MOST = 4.0, 12.0
"""Grey levels: what differs by less is noise of the codec, what differs by more is seen to move."""
_OVER_NOISE = 2.2


def threshold(motion: np.ndarray) -> float:
    """How far, in grey levels, pictures of one standing scene can be apart, by the calmest steps of motion [F - 1].

    Where all moves, the calmest step is motion, and two or three such steps are over the threshold: it never hides
    more than those.
    """
    calm = float(np.quantile(motion, 0.2)) if len(motion) else 0.0
    return min(max(_LEAST, _OVER_NOISE * calm), _MOST)


def standing(away: np.ndarray, limit: float) -> int:
    """How many frames, from the first on, show its scene unmoved; N where all do.

    away: [N] how far each is from the first, in grey levels, `away[0]` being 0; limit: from `threshold`. The step from
    one frame to the next would not do: what moves slowly gets away from the first frame, noise does not.
    """
    over = np.flatnonzero(away > limit)
    return _onset(away[1:], int(over[0]) - 1) + 1 if over.size else len(away)


def _onset(away: np.ndarray, seen: int) -> int:
    """The first step of the movement that is over the limit at `seen`: where the distance rises from its rest."""
    rest = away[:seen]
    if len(rest) < 3:
        return 0 if seen == 0 else int(np.argmax(np.append(rest > 0.5 * away[seen], True)))
    middle = float(np.median(rest))
    spread = 1.4826 * float(np.median(np.abs(rest - middle)))
    calm = np.flatnonzero(rest <= middle + max(0.4, 3 * spread))
    return int(calm[-1]) + 1
