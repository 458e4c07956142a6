"""The timestep plot as numbers that a browser draws: the moving twin of `plot_timesteps`."""

from typing import Any

import numpy as np

from wannb.job import Job
from wannb.job.choices import TIMESTEP_TYPES
from wannb.job.setting import facts_of
from wannb.job.train import Train
from wannb.refusal import Refusal
from wannb.train.densities import densities, steps_of
from wannb.train.timesteps import Timesteps
from wannb.wan.schedule import known_schedule

NARROWEST = 0.14  # of the width, for an expert without steps: room for its ticks
HIGHEST = 6.0  # times an even spread, where the axis ends at the latest: a bias makes a density infinite at one end
NEAR = 0.05  # of an expert's range: how close to such an end is told in words
JUST = 1e-4  # of it: beside an end at which the law itself is 0
POINTS = 80  # of each curve, about
EXPERTS = ("high", "low")
READING = "1× is an even spread; equal areas are equal numbers of draws."
WEIGHTED = " Dashed is what counts: draws times their weight in the loss."


def timestep_view(job: Job) -> dict[str, Any]:
    """Return the picture of how `job` spreads its draws: `experts`, `split` (the boundary, 0…1000), `low` (the share
    of the width that low noise has), `top` of the axis, `headline`, `alt`. Where it cannot be drawn, `said` has why.

    A height is how often a timestep comes up against an even spread over its expert, so equal areas are equal numbers
    of draws.
    """
    try:
        boundary, shift = known_schedule(job)
        experts, steps = densities(job, boundary, shift), steps_of(job)
    except Refusal as refusal:
        return {"said": str(refusal)}
    if not experts:
        return {"said": "The job trains neither High Noise nor Low Noise: switch one of them on."}
    drawn = [_expert(job, name, experts.get(name), steps.get(name, 0)) for name in EXPERTS]
    high = steps.get("high", 0) / job.train.steps
    tops = [max(one["y"] + one["weighted"]) for one in drawn if one["y"]]
    top = min(HIGHEST, 1.15 * max(tops, default=1.0))
    for one in drawn:
        one["cut"] = beyond(experts[one["expert"]], top) if one["y"] else None
    return {
        "experts": drawn,
        "split": round(1000 * boundary, 1),
        "low": 1 - high if 0 < high < 1 else NARROWEST if high else 1 - NARROWEST,
        "top": top,
        "headline": _law(job, shift),
        "lines": [READING + (WEIGHTED if drawn[0]["weighted"] or drawn[1]["weighted"] else "")],
        "alt": f"Timesteps. {_law(job, shift)}; {' and '.join(one['words'] for one in drawn)}; "
        f"the boundary is {1000 * boundary:g} of 1000.",
    }


def _expert(job: Job, name: str, one: Timesteps | None, steps: int) -> dict[str, Any]:
    """One expert's curve: `t` falling, `y` its heights, `weighted` those that count in the loss; empty if untrained."""
    words = f"{name} noise: {steps:,} of {job.train.steps:,} steps" if one else f"{name} noise: not trained"
    if one is None or not steps:
        return {"expert": name, "words": words, "t": [], "y": [], "weighted": [], "median": None}
    lowest, highest = one.range
    # Denser at the ends, where laws fall to 0 or rise beyond all bounds, and where the draws are.
    u = (1 - np.cos(np.linspace(0, np.pi, POINTS // 2))) / 2
    t = np.union1d((lowest + (highest - lowest) * u).round(3), one.quantile(u).round(3))[::-1]
    heights = one.density(t) * (highest - lowest)
    weighted = heights * one.loss_weights(t) if one.kind == "weighted" else np.array([])
    return {
        "expert": name,
        "words": words,
        "t": t.tolist(),
        "y": np.minimum(heights, 2 * HIGHEST).round(4).tolist(),
        "weighted": np.minimum(weighted, 2 * HIGHEST).round(4).tolist(),
        "median": round(float(one.quantile(0.5))),
    }


def beyond(one: Timesteps, top: float) -> dict[str, Any] | None:
    """Where the density leaves an axis that ends at `top`: at which end, and how many draws lie there; else None."""
    lowest, highest = one.range
    width = highest - lowest
    for end, sign, where in ((highest, -1, "above"), (lowest, 1, "below")):
        if max(one.density([end, end + sign * JUST * width])) * width > top:
            mark = round(end + sign * NEAR * width)
            below = float(one.cdf(mark))
            return {"at": end, "where": where, "mark": mark, "share": below if where == "below" else 1 - below}
    return None


def _law(job: Job, shift: float) -> str:
    kind, bias = job.train.timestep_type, job.train.content_or_style
    biases = facts_of(Train.model_fields["content_or_style"])["choices"]
    return f"{TIMESTEP_TYPES[kind]}{f' {shift:g}' if kind == 'shift' else ''}, {biases[bias]}"
