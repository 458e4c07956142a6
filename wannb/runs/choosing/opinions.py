"""What a person said of a run's pairs in Compare: stars for clips, and what was preferred in blind rounds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from wannb.job.samples import Sample
from wannb.runs.choosing.plan import Pair
from wannb.runs.clips.wish import Wish

BASE = (0, 0)
LIKED, DISLIKED = 3.0, 2.0
"""Mean stars (of 5) from which a pair can be proposed for them, and below which it is not proposed."""


@dataclass(frozen=True)
class Opinion:
    """Of one pair. stars: the mean over `rated` clips, None without any. preferred: rows of ended blind rounds in which
    it was the preferred one, of `shown`; chance: how many of these it would be if nothing could be told apart."""

    pair: Pair
    stars: float | None
    rated: int
    preferred: int
    shown: int
    chance: float

    @property
    def share(self) -> float:
        """Of the rows in which it was shown, those in which it was preferred: 0 … 1."""
        return self.preferred / self.shown if self.shown else 0.0

    @property
    def won(self) -> bool:
        """Whether it was preferred more often than by chance."""
        return self.preferred > self.chance

    @property
    def disliked(self) -> bool:
        return not self.won and self.stars is not None and self.stars < DISLIKED


def opinions(notes: dict[str, Any], samples: Iterable[Sample], pairs: Iterable[Pair]) -> list[Opinion]:
    """What `notes` (those of `compare.json`) hold on each of `pairs`, of which clips are those of `samples`; pairs that
    nothing was said of are left out."""
    samples = list(samples)
    said = [_of(pair, notes, samples) for pair in pairs]
    return [one for one in said if one.rated or one.shown]


def favourite(said: Sequence[Opinion]) -> Opinion | None:
    """The pair that a person likes most, of several alike the first of `said`; None where nothing speaks for one.

    Blind rounds come before stars: nobody knew there which pair was seen. A mean of few stars is drawn to that of all
    by one star more, so that one clip does not outdo many.
    """
    said = [one for one in said if one.pair != BASE]
    winners = [one for one in said if one.won]
    most = max((one.share for one in winners), default=0.0)
    best = [one for one in winners if one.share == most]
    candidates = best or [one for one in said if one.stars is not None and one.stars >= LIKED]
    return max(candidates, key=lambda one: _drawn(one, said), default=None)


def reasons(best: Opinion, said: Sequence[Opinion]) -> list[str]:
    """Sentences on why it is the favourite."""
    found = []
    if best.won:
        rows = f"{best.preferred} of {best.shown} rows"
        found.append(f"In blind rounds it was preferred in {rows}, as no other pair was.")
    if best.stars is not None:
        others = [one.stars for one in said if one is not best and one.stars is not None]
        beside = f"; the others' have {max(others):.1f} at most" if others else ""
        clips = f"{best.rated} of its clips {'have' if best.rated > 1 else 'has'}"
        found.append(f"{clips} {best.stars:.1f} of 5 stars in Compare{beside}.")
    return [*found, "That is a person's eye: it goes before the figures."]


def warnings(said: Sequence[Opinion], best: Opinion | None) -> list[str]:
    """Sentences where a person liked the base without LoRA more than any pair."""
    base = next((one for one in said if one.pair == BASE), None)
    if base is None or not base.won or (best and best.share >= base.share):
        return []
    return [f"In blind rounds the base without LoRA was preferred in {base.preferred} of {base.shown} rows."]


def _of(pair: Pair, notes: dict[str, Any], samples: list[Sample]) -> Opinion:
    name = f"{pair[0]}/{pair[1]}"  # of the column in the grid of checkpoints
    stars = [notes["ratings"][key] for one in samples if (key := Wish.of(one, *pair).key) in notes["ratings"]]
    rounds = [one for one in notes["rounds"] if name in one["columns"]]
    return Opinion(
        pair,
        stars=sum(stars) / len(stars) if stars else None,
        rated=len(stars),
        preferred=sum(list(one["prefers"].values()).count(name) for one in rounds),
        shown=sum(len(one["prefers"]) for one in rounds),
        chance=sum(len(one["prefers"]) / len(one["columns"]) for one in rounds),
    )


def _drawn(one: Opinion, said: Sequence[Opinion]) -> float:
    rated = [other for other in said if other.stars is not None]
    if not rated:
        return 0.0
    usual = sum(other.stars * other.rated for other in rated) / sum(other.rated for other in rated)
    return usual if one.stars is None else (one.stars * one.rated + usual) / (one.rated + 1)
