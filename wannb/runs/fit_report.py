"""What `wannb fit` measured, for people and as the object of `--json`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from wannb.job.amounts import duration
from wannb.job.cost.lighter import Change

if TYPE_CHECKING:
    from wannb.runs.fitting import Fitted, Measured


def as_text(fitted: Fitted) -> str:
    """A line for each expert on each size, one for what is beside the steps, and what it comes to."""
    lines = [_line(fitted, one) for one in fitted.measured]
    lines += [f"{one.phase}: at most {one.peak_gib:.1f} GiB" for one in fitted.beside]
    lines += [_mean(fitted)] if fitted.s_per_step is not None else []
    return "\n".join([*lines, *([fitted.short, *_cures(fitted)] if fitted.short else [])])


def as_json(fitted: Fitted, card_gib: float | None) -> dict[str, Any]:
    """The object of `wannb fit --json` (design, section 4), and what each size took."""
    largest = fitted.measured[: len(fitted.job.stages)]
    spread = _spread([one.seconds for one in fitted.measured])
    return {
        "fits": fitted.short is None,
        "s_per_step": fitted.s_per_step,
        "spread": spread,
        "compile_s": fitted.compile_s,
        "tokens": largest[0].size.tokens if largest else None,
        "peak_reserved_gib": fitted.peak_gib,
        "parts_gib": {"weights": fitted.weights_gib, "rest": (fitted.peak_gib or 0) - fitted.weights_gib},
        "mfu": fitted.mfu(largest[0]) if largest else None,
        "projection": _projection(fitted),
        "phases_gib": fitted.phases_gib,
        "short": fitted.short,
        "advice": _advice(fitted),
        "estimated": False,
        "card_gib": card_gib,
        "sizes": [_row(fitted, one) for one in fitted.measured],
    }


def _advice(fitted: Fitted) -> list[dict[str, Any]]:
    """Where the job did not fit, what would make it: all together where that is known, then each, least harm first."""
    found = fitted.estimate
    if not fitted.short:
        return []
    whole = found.fitting
    together = [Change(whole.sentence, whole.settings, whole.peak)] if whole else []
    return [asdict(one) for one in (*together, *found.advice)]


def _cures(fitted: Fitted) -> list[str]:
    return [f"- {one['sentence']} ({one['peak_gib']:.1f} GiB by arithmetic)" for one in _advice(fitted)]


def _line(fitted: Fitted, one: Measured) -> str:
    frames = "1 frame" if one.size.frames == 1 else f"{one.size.frames} frames"
    size = f"{frames} {one.size.width}×{one.size.height} ({one.size.tokens:,} tokens)"
    mfu = fitted.mfu(one)
    share = f", {100 * mfu:.0f} % of what the card can do" if mfu else ""
    first = f"the first {one.first:.1f} s, at most {one.peak_gib:.1f} GiB"
    return f"{size}, {one.expert} noise: {one.median:.3g} s a step{share}; {first}"


def _mean(fitted: Fitted) -> str:
    total = _projection(fitted)["total_seconds"]
    return f"{fitted.s_per_step:.3g} s a step on average, {duration(total)} in all for {fitted.job.train.steps:,} steps"


def _spread(tries: Sequence[Sequence[float]]) -> float | None:
    """Half the largest range of a size's steps, in seconds."""
    return max(((max(one) - min(one)) / 2 for one in tries), default=None)


def _projection(fitted: Fitted) -> dict[str, Any]:
    steps, pace_now = fitted.job.train.steps, fitted.s_per_step
    parts = dict(fitted.estimate.seconds)
    if pace_now is not None:
        parts["training"] = steps * pace_now
    return {"steps": steps, "seconds": parts, "total_seconds": sum(parts.values())}


def _row(fitted: Fitted, one: Measured) -> dict[str, Any]:
    words = fitted.kept[one.size.tokens]
    return {
        "expert": one.expert,
        "frames": one.size.frames,
        "width": one.size.width,
        "height": one.size.height,
        "tokens": one.size.tokens,
        "share": one.size.share,
        "seconds": list(one.seconds),
        "s_per_step": one.median,
        "first_s": one.first,
        "peak_reserved_gib": one.peak_gib,
        "mfu": fitted.mfu(one),
        "keeps": {word: words.count(word) for word in dict.fromkeys(words)},
    }
