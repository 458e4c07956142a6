"""What a run's files, losses and clips warn of."""

import math
from collections.abc import Sequence

from wannb.runs.choosing import choice
from wannb.runs.choosing.evidence import Expert
from wannb.runs.choosing.rated import SOUND, Rated

_LESS = 0.85
"""Of the best pair's score, below which the newest one is worse."""
_STILL = 5.0
"""Per cent that the newest pair has to be above all earlier ones, beyond chance, for likeness to be still rising."""
_NEAR = 95.0
"""Per cent learned at which there is little left to learn."""


def warned(best: Rated | None, table: Sequence[Rated], sound: Sequence[Rated], experts: dict[str, Expert]) -> list[str]:
    """Sentences; best: the pair that is proposed, None where none was seen."""
    said = [one for expert in experts.values() for one in _of_files(expert)]
    said += [one for expert in experts.values() for one in _of_validation(expert)]
    base = next((one for one in table if not one.high and not one.low), None)
    trained = sorted((one for one in table if one.high or one.low), key=lambda one: (max(one.high, one.low), one.score))
    said += _fallen_apart(trained, experts)
    if best is None or not sound:
        return said
    newest = choice.newest(sound)
    if choice.nothing_learned(best, base):
        start = base.learned if base and base.learned is not None else 0.0
        said.append(f"Nothing is learned yet ({best.learned or 0:.0f} %, the base {start:.0f} %): train on.")
        return said
    if newest.score < _LESS * best.score and max(newest.high, newest.low) > max(best.high, best.low):
        said.append(
            f"Over-trained: the clips of {newest.high} × {newest.low} have learned {newest.learned or 0:.0f} % and are "
            f"{newest.sound:.0f} % sound, those of {best.high} × {best.low} {best.learned or 0:.0f} % and "
            f"{best.sound:.0f} %. Train fewer steps or at a lower rate."
        )
    said = said or _too_short(best, newest, sound, base, experts)  # more steps are no cure for what was said
    same = [one for one in trained if one.alike]
    if same:
        said.append(f"Clips of all prompts look alike at {same[0].high} × {same[0].low}: it shows one training clip.")
    return said


def _of_files(expert: Expert) -> list[str]:
    if not expert.broken:
        return []
    first, kept = min(expert.broken), expert.nearest(max(expert.saved))
    size = expert.sizes.get(first, math.inf)
    sound = [expert.sizes[step] for step in expert.sound if expert.sizes.get(step)]
    how = f": its weights are {size / sound[-1]:.0f} times as large" if sound and math.isfinite(size) else ""
    instead = f"step {kept} is the newest sound one" if kept else "none of its files is sound, so it stays the base"
    return [f"The {expert.name}-noise expert is broken from step {first} on{how}; {instead}."]


def _of_validation(expert: Expert) -> list[str]:
    found = expert.validated
    if found is None:
        return []
    clips = "held-out clips" if found.held_out else "training clips"
    if found.worse & set(expert.saved):
        return [
            f"The {expert.name}-noise loss on {clips} is above the base's at step {min(found.worse)}: the learning "
            "rate is too high."
        ]
    if found.rises:
        return [
            f"Over-trained: the {expert.name}-noise loss on {clips} has risen since step {found.best}, by "
            f"{found.rises.mean:.4f} (95 %: {found.rises.low:.4f} to {found.rises.high:.4f})."
        ]
    return []


def _fallen_apart(trained: Sequence[Rated], experts: dict[str, Expert]) -> list[str]:
    allowed = {name: {0, *expert.sound} for name, expert in experts.items()}
    bad = [one for one in trained if one.sound < SOUND and one.high in allowed["high"] and one.low in allowed["low"]]
    if not bad:
        return []
    first = bad[0]
    return [
        f"Clips of {first.high} × {first.low} fall apart ({', '.join(first.faults)}): the learning rate is too high."
    ]


def _too_short(
    best: Rated, newest: Rated, sound: Sequence[Rated], base: Rated | None, experts: dict[str, Expert]
) -> list[str]:
    """Where a pair of the last step has surely learned more than all earlier ones, and there is more to learn."""
    end = max(newest.high, newest.low)
    if end < max(step for expert in experts.values() for step in (0, *expert.saved)):
        return []  # of the last files nothing is known
    last = best if max(best.high, best.low) == end else newest
    before = [one for one in sound if max(one.high, one.low) < end] + ([base] if base else [])
    if last.learned is None or last.learned >= _NEAR or not before or choice.surely_less(last, best):
        return []
    if not all(choice.surely_less(one, last, by=_STILL) for one in before):
        return []
    rises = f"from {max(one.learned or 0.0 for one in before):.0f} % before to {last.learned:.0f} %"
    return [f"Too short: likeness still rises at the last step, {rises}: train on."]
