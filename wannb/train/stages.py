"""Which expert a step trains: a function of the step's number (Switch Every counts optimizer steps)."""

from collections.abc import Sequence


def stage_of(step: int, switch_every: int, stages: Sequence[str]) -> str:
    """Return the expert of optimizer step `step` (from 1): `switch_every` steps on each of `stages` in turn.

    >>> [stage_of(step, 2, ["high", "low"]) for step in range(1, 6)]
    ['high', 'high', 'low', 'low', 'high']
    """
    return stages[(step - 1) // switch_every % len(stages)]


def expert_steps(step: int, expert: str, switch_every: int, stages: Sequence[str]) -> int:
    """Return how many of the steps before `step` (from 1) trained `expert`; 0 where it is not among `stages`."""
    if expert not in stages:
        return 0
    rounds, rest = divmod(step - 1, switch_every * len(stages))
    begun = rest - switch_every * list(stages).index(expert)
    return rounds * switch_every + min(max(begun, 0), switch_every)
