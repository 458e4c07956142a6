"""Pairs of LoRA files by what their clips show."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from wannb.data.figures import Figures, colour_likeness, colours_gained, drift, motion_likeness
from wannb.runs.choosing.measured import Measures
from wannb.runs.clips.wish import Wish
from wannb.runs.run import Run

_FLOORS = {"flicker": 1.0, "grain": 0.3, "texture": 0.6}
"""What nobody sees: a clip may have that much of it whatever the others have."""
_TIMES = 2.0
"""Times as much as the base's and the training clips' that is still sound."""
_LEVELS = 30.0
"""Levels of brightness beyond theirs at which a clip is sound to 37 %."""
SOUND = 60.0
"""Per cent below which a pair's clips have fallen apart."""
_ALIKE = 0.35
"""Of how far the base's clips of two prompts are apart, below which a pair's all look alike."""


@dataclass(frozen=True)
class Rated:
    """A pair, over its clips. learned: per cent of the way from the base to the training clips, in what the LoRA is
    for, on the prompts with the trigger where some have it. sound: per cent, 100 for clips as bright, quiet and plain
    as the base's and the training clips. drift: per cent of full scale from the base's clips. kept: the same on prompts
    without the trigger, None without any. alike: whether clips of all prompts look the same. faults: what is not sound.
    each: learned, by clip; None for one that does not count."""

    high: int
    low: int
    clips: int
    learned: float | None
    sound: float
    drift: float | None
    kept: float | None
    alike: bool
    faults: tuple[str, ...]
    each: tuple[float | None, ...] = ()

    @property
    def score(self) -> float:
        """Learned as far as it is sound; clips that fall apart have learned nothing."""
        learned = 0.0 if self.learned is None else self.learned
        return learned * (self.sound / 100 if self.sound >= SOUND else 0.0) * (0.5 if self.alike else 1.0)

    def to_dict(self) -> dict[str, Any]:
        facts = {name: _plain(one) for name, one in asdict(self).items()}
        return facts | {"score": round(self.score, 1)}


def rated(run: Run, clips: Iterable[Wish]) -> list[Rated]:
    """The pairs of `clips` that are made already, best first; those of the base (0, 0) count as what to start from."""
    judge = Judge(run)
    pairs: dict[tuple[int, int], list[Wish]] = {}
    for wish in clips:
        pairs.setdefault((wish.high, wish.low), []).append(wish)
    rows = [row for pair, wishes in pairs.items() if (row := judge.of(pair, wishes)) is not None]
    return sorted(rows, key=lambda row: (-row.score, -row.sound, max(row.high, row.low)))


class Judge:
    """Holds a pair's clips against the base's clips of the same wishes and the clips that were trained on."""

    def __init__(self, run: Run) -> None:
        self._measures = Measures(run)
        job = run.config
        self._kind, self._trigger = job.wannb.kind, (job.trigger_word or "").strip()

    def of(self, pair: tuple[int, int], wishes: list[Wish]) -> Rated | None:
        """None where none of the clips is made."""
        seen = [(wish, self._measures.seen(wish), self._measures.seen(wish.base)) for wish in wishes]
        both = [(wish, mine, base) for wish, mine, base in seen if mine is not None and base is not None]
        if not both:
            return None
        mine, bases = [one for _, one, _ in both], [base for _, _, base in both]
        sound, faults = self._soundness(mine, bases)
        plain = [self._without_trigger(wish) for wish, _, _ in both]
        each = self._learned(mine, bases)
        if not all(plain):  # what reaches the others, too, is no more learned for that
            each = [None if one else learned for learned, one in zip(each, plain, strict=True)]
        drifts = [drift(one, base) for one, base in zip(mine, bases, strict=True)]
        free = [far for far, one in zip(drifts, plain, strict=True) if one]
        return Rated(
            *pair,
            clips=len(both),
            learned=_mean(each),
            sound=sound,
            drift=_mean(drifts),
            kept=_mean(free),
            alike=_alike(mine, bases),
            faults=faults,
            each=tuple(each),
        )

    def _without_trigger(self, wish: Wish) -> bool:
        return bool(self._trigger) and self._trigger.lower() not in wish.prompt.lower()

    def _learned(self, mine: list[Figures], bases: list[Figures]) -> list[float | None]:
        """Per cent, by clip."""
        training = self._measures.training
        if (self._kind or self._what_differs(bases)) == "motion":
            return [motion_likeness(one, training) for one in mine]
        gained = [colours_gained(one, base, bases, training) for one, base in _beside(mine, bases)]
        return [None if one is None else float(np.clip(one, 0, 100)) for one in gained]

    def _what_differs(self, bases: list[Figures]) -> str:
        """For a job that does not tell its kind: whether the base lacks the motion or the colours more."""
        training = self._measures.training
        motion = _mean([motion_likeness(one, training) for one in bases])
        colour = _mean([colour_likeness(one, training) for one in bases])
        return "motion" if motion is not None and motion <= (colour or 0.0) else "style"

    def _soundness(self, mine: list[Figures], bases: list[Figures]) -> tuple[float, tuple[str, ...]]:
        sound, faults = 1.0, []
        sides = (bases, self._measures.training)
        for name, floor in _FLOORS.items():
            usual = max([floor, *(_mean([getattr(one, name) for one in side]) or 0.0 for side in sides)])
            times = (_mean([getattr(one, name) for one in mine]) or 0.0) / usual
            if times > _TIMES:
                sound *= _TIMES / times
                faults.append(f"{times:.1f} times the {name}")
        far = _mean([_beyond(one.brightness, [base, *self._measures.training]) for one, base in _beside(mine, bases)])
        sound *= float(np.exp(-max(0.0, far or 0.0) / _LEVELS))
        if far and far > 10:
            faults.append(f"{far:.0f} levels too dark or too bright")
        return 100 * sound, tuple(faults)


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return round(value, 1) if isinstance(value, float) else value


def _beside(mine: list[Figures], bases: list[Figures]):
    return zip(mine, bases, strict=True)


def _beyond(brightness: float, others: list[Figures]) -> float:
    """Levels by which it lies outside of all the others'."""
    levels = [one.brightness for one in others]
    return max(0.0, min(levels) - brightness, brightness - max(levels))


def _alike(mine: list[Figures], bases: list[Figures]) -> bool:
    """Whether clips of different prompts are hardly apart where the base's are."""
    if len(mine) < 2:
        return False
    pairs = [(i, j) for i in range(len(mine)) for j in range(i)]
    apart, usual = (float(np.mean([drift(side[i], side[j]) for i, j in pairs])) for side in (mine, bases))
    return apart < _ALIKE * usual


def _mean(values: Iterable[float | None]) -> float | None:
    known = [one for one in values if one is not None]
    return float(np.mean(known)) if known else None
