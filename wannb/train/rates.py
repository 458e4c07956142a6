"""The learning rate as a function of the step: constant, linear or cosine, each with a warm-up if one is asked for."""

import math


def factor(step: int, steps: int, kind: str, warmup: int = 0) -> float:
    """Return what the rate of optimizer step `step` (from 1, of `steps`) is multiplied by, 0…1.

    Over the first `warmup` steps it rises evenly and reaches 1 at the last of them. Then `constant` stays there,
    `linear` falls evenly and `cosine` along half a wave, both to 0 where a step `steps` + 1 would stand.
    Apart from the warm-up's first step, which is not wasted on a rate of 0, these are diffusers' schedules.

    >>> [factor(step, 4, "linear") for step in (1, 2, 3, 4)]
    [1.0, 0.75, 0.5, 0.25]
    """
    if step <= warmup:
        return step / warmup
    done = (step - 1 - warmup) / max(steps - warmup, 1)
    return {"linear": 1.0 - done, "cosine": 0.5 * (1.0 + math.cos(math.pi * done))}.get(kind, 1.0)


def rate(step: int, steps: int, base: float, kind: str, params: dict) -> float:
    """Return the learning rate of `step`; `params` are `num_warmup_steps` and `eta_min`, the rate a fall ends at."""
    warmup, least = int(params.get("num_warmup_steps", 0)), float(params.get("eta_min", 0.0))
    if step <= warmup or kind not in ("linear", "cosine"):
        return base * factor(step, steps, kind, warmup)
    return least + (base - least) * factor(step, steps, kind, warmup)
