"""The best of the pairs that were seen, and why it is."""

from collections.abc import Sequence

import numpy as np

from wannb.runs.choosing.evidence import Expert
from wannb.runs.choosing.rated import SOUND, Rated

Experts = dict[str, Expert]
LITTLE = 10.0
"""Per cent that a pair has to be above the base to have learned something."""


def sound_pairs(table: Sequence[Rated], experts: Experts) -> list[Rated]:
    """The pairs of sound files whose clips have not fallen apart, best first; not the base, nor pairs with clips of
    fewer prompts than others."""
    allowed = {name: {0, *expert.sound} for name, expert in experts.items()}
    kept = [one for one in table if one.high in allowed["high"] and one.low in allowed["low"] and (one.high or one.low)]
    kept = [one for one in kept if one.sound >= SOUND and not one.alike]
    most = max((one.clips for one in kept), default=0)
    return [one for one in kept if one.clips == most]  # over fewer prompts a mean says another thing


def best_of(pairs: Sequence[Rated], experts: Experts) -> tuple[Rated, list[Rated]]:
    """The pair to take, and those that its clips cannot be told from: of these the one with the least validation loss,
    or without measurements the earliest. `pairs` is not empty, best first."""
    first = pairs[0]
    equal = [one for one in pairs if one is first or _not_less(one, first)]
    losses = {id(one): _loss(one, experts) for one in equal}
    if all(loss is not None for loss in losses.values()):
        best = min(equal, key=lambda one: losses[id(one)])
    else:
        best = min(equal, key=lambda one: (max(one.high, one.low), -one.score))
    return best, [one for one in equal if one is not best]


def nothing_learned(best: Rated, base: Rated | None) -> bool:
    """Whether the best pair is hardly more like the training clips than the base is."""
    start = base.learned if base and base.learned is not None else 0.0
    return (best.learned or 0.0) < start + LITTLE


def newest(pairs: Sequence[Rated]) -> Rated:
    """The pair of the latest steps."""
    return max(pairs, key=lambda one: (min(one.high, one.low), max(one.high, one.low)))


def unseen(experts: Experts) -> tuple[int, int]:
    """The pair to take where no clip is there: of each expert the step of least validation loss, or the newest."""
    return tuple(_unseen(experts[name]) for name in ("high", "low"))


def reasons(best: Rated, equal: Sequence[Rated], base: Rated | None, seen: int, experts: Experts) -> tuple[str, ...]:
    """Sentences that say why `best`, of `seen` pairs."""
    learned, clips = _learned(best, base), _clips(best)
    if nothing_learned(best, base):
        said = [f"No pair is much more like the training clips than the base{learned}: this is the newest."]
    elif equal:
        names = ", ".join(f"{one.high} × {one.low}" for one in equal[:3])
        how = "its validation loss is less" if _loss(best, experts) is not None else "it is the earliest"
        said = [f"Its {clips} like the training clips{learned}."]
        said += [f"Clips of {names} cannot be told from it by that; {how}."]
    else:
        said = [f"Of {seen} pairs its {clips} most like the training clips{learned}."]
    return (*said, *_more(best, experts))


def facts(best: Rated, base: Rated | None, experts: Experts) -> tuple[str, ...]:
    """Sentences on what is known of `best`, whyever it is taken."""
    return (f"Its {_clips(best)} like the training clips{_learned(best, base)}.", *_more(best, experts))


def _clips(one: Rated) -> str:
    """Those that tell how much was learned, with their verb."""
    count = sum(learned is not None for learned in one.each) or one.clips
    return "1 clip is" if count == 1 else f"{count} clips are"


def _learned(best: Rated, base: Rated | None) -> str:
    from_base = f", the base's {base.learned:.0f} %" if base and base.learned is not None else ""
    return "" if best.learned is None else f": {best.learned:.0f} %{from_base}"


def _more(best: Rated, experts: Experts) -> list[str]:
    said = []
    if best.sound > 90:
        said.append("Its clips are as quiet, plain and bright as the base's and the training clips.")
    if best.kept is not None:
        said.append(f"On prompts without the trigger it is {best.kept:.1f} % of full scale from the base.")
    return said + _of_validation(best, experts)


def _of_validation(best: Rated, experts: Experts) -> list[str]:
    said = []
    for name, step in (("high", best.high), ("low", best.low)):
        expert, loss = experts[name], experts[name].loss(step)
        start = expert.loss(0)
        if step and loss is not None and start is not None:
            clips = "held-out clips" if expert.validated.held_out else "training clips"
            said.append(f"The {name}-noise loss on {clips} is {loss:.4f} at step {step}, {start:.4f} before training.")
    return said


def surely_less(one: Rated, other: Rated, by: float = 0.0) -> bool:
    """Whether the clips of `one`, prompt by prompt, have learned less than those of `other`, by more than `by` per cent
    and a standard error of the mean; of a single prompt there is none."""
    less = _less(one, other)
    if less is None:
        return (other.learned or 0.0) - (one.learned or 0.0) > by
    error = less.std(ddof=1) / np.sqrt(len(less)) if len(less) > 1 else 0.0
    return bool(less.mean() - error > by)


def _less(one: Rated, other: Rated) -> np.ndarray | None:
    """Per cent by which each clip of `one` has learned less than `other`'s of its prompt; None where prompts differ."""
    pairs = [(a, b) for a, b in zip(one.each, other.each, strict=False) if a is not None and b is not None]
    return np.array([b - a for a, b in pairs]) if pairs and len(one.each) == len(other.each) else None


def _not_less(one: Rated, first: Rated) -> bool:
    """Whether the clips of `one`, prompt by prompt, leave open that it has learned as much."""
    less = _less(one, first)
    if less is None or len(less) < 2 or one.sound < 0.9 * first.sound:
        return False
    return bool(less.mean() <= less.std(ddof=1) / np.sqrt(len(less)) and less.mean() <= 0.15 * first.score)


def _loss(one: Rated, experts: Experts) -> float | None:
    """The sum of both experts' validation losses, each against the one before training."""
    parts = []
    for name, step in (("high", one.high), ("low", one.low)):
        if not experts[name].saved:
            continue
        loss, start = experts[name].loss(step), experts[name].loss(0)
        if loss is None or not start:
            return None
        parts.append(loss / start)
    return sum(parts) if parts else None


def _unseen(expert: Expert) -> int:
    measured = [step for step in expert.sound if expert.loss(step) is not None]
    return min(measured, key=expert.loss) if measured else max(expert.sound, default=0)
