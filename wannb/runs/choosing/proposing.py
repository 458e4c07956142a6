"""`wannb.propose(run)`: the pair of LoRA files to take."""

from collections.abc import Callable, Iterable
from pathlib import Path

from wannb.refusal import Refusal
from wannb.runs.choosing import choice, opinions
from wannb.runs.choosing.evidence import Expert, evidence
from wannb.runs.choosing.notes import Notes
from wannb.runs.choosing.opinions import Opinion
from wannb.runs.choosing.plan import Pair, along, around
from wannb.runs.choosing.proposal import Proposal
from wannb.runs.choosing.rated import Rated, rated
from wannb.runs.choosing.warned import warned
from wannb.runs.clips import lacking
from wannb.runs.clips.shelf import Shelf
from wannb.runs.clips.wish import Wish
from wannb.runs.run import Run

BASE = (0, 0)
Progress = Callable[..., None]


def propose(run: Run | str | Path, make: bool = False, progress: Progress | None = None) -> Proposal:
    """Propose a pair of `run`'s LoRA files, with reasons and warnings, from its clips, its validation losses and the
    files themselves; what a person said of the clips in Compare, by stars or in blind rounds, goes before all that.

    With `make` the clips that it lacks are rendered and waited for: both experts along the steps, then around the best;
    `progress(phase, done, total)`, or a bar, shows how far that is. Raises Refusal where there is no LoRA file yet.
    """
    run = run if isinstance(run, Run) else Run(run)
    experts = evidence(run)
    if not any(expert.saved for expert in experts.values()):
        raise Refusal(f"{run.path} has no LoRA files yet: train until the first Save Every.")
    shelf, samples = Shelf(run), run.config.samples
    first = [Wish.of(sample, *pair) for pair in [BASE, *along(experts)] for sample in samples]
    if make:
        lacking.make(shelf, first, progress)
    table = rated(run, _there(shelf, samples, experts))
    sound = choice.sound_pairs(table, experts)
    more = _around(sound, samples, experts)
    if make and any(shelf.find(wish) is None for wish in more):
        lacking.make(shelf, more, progress)
        table = rated(run, _there(shelf, samples, experts))
        sound = choice.sound_pairs(table, experts)
    missing = tuple(wish for wish in dict.fromkeys([*first, *more]) if shelf.find(wish) is None)
    said = opinions.opinions(Notes(run.path).get(), samples, [(one.high, one.low) for one in table])
    return _proposal(table, sound, experts, missing, said)


def _proposal(
    table: list[Rated],
    sound: list[Rated],
    experts: dict[str, Expert],
    missing: tuple[Wish, ...],
    said: list[Opinion],
) -> Proposal:
    left_out = [one for one in said if one.disliked]
    liked = [one for one in sound if (one.high, one.low) not in {other.pair for other in left_out}] or sound
    pair, why = _by_figures(table, liked, experts)
    loved, base = opinions.favourite(said), _row(BASE, table)
    if loved:
        by_figures, pair = pair, loved.pair
        why = (*opinions.reasons(loved, said), *choice.facts(_row(pair, table), base, experts))
        why += (f"By the figures alone it would be {by_figures[0]} × {by_figures[1]}.",) * (by_figures != pair)
    elif left_out and len(liked) < len(sound):
        names = ", ".join(f"{one.pair[0]} × {one.pair[1]}" for one in left_out)
        why += (f"Left out for the few stars that its clips have in Compare: {names}.",)
    warnings = [*opinions.warnings(said, loved), *warned(_row(pair, sound), table, sound, experts)]
    if missing:
        many = f"{len(missing)} clips that would make it surer are not made"
        warnings.append(f"{many}: propose(run, make=True) makes them.")
    return Proposal(*pair, tuple(why), tuple(warnings), tuple(table), missing)


def _by_figures(table: list[Rated], sound: list[Rated], experts: dict[str, Expert]) -> tuple[Pair, tuple[str, ...]]:
    """The pair that files, losses and clips speak for, and why."""
    trained, base = [one for one in table if one.high or one.low], _row(BASE, table)
    if sound:
        best, equal = choice.best_of(sound, experts)
        if choice.nothing_learned(best, base):
            best, equal = choice.newest(sound), []
        return (best.high, best.low), choice.reasons(best, equal, base, len(trained), experts)
    pair = choice.unseen(experts)
    if _row(pair, trained) or pair == BASE:
        return BASE, ("No pair that was seen is better than the base without LoRA.",)
    return pair, ("No clip of a sound pair is made yet: this is each expert's least validation loss or newest file.",)


def _row(pair: Pair, table: Iterable[Rated]) -> Rated | None:
    return next((one for one in table if (one.high, one.low) == pair), None)


def _there(shelf: Shelf, samples: Iterable, experts: dict[str, Expert]) -> list[Wish]:
    """The clips of all pairs that are made, the pairs in order."""
    pairs: list[Pair] = [(high, low) for high in (0, *experts["high"].saved) for low in (0, *experts["low"].saved)]
    wishes = (Wish.of(sample, *pair) for pair in pairs for sample in samples)
    return [wish for wish in wishes if shelf.find(wish) is not None]


def _around(sound: list[Rated], samples: Iterable, experts: dict[str, Expert]) -> list[Wish]:
    if not sound:
        return []
    best, _ = choice.best_of(sound, experts)
    return [Wish.of(sample, *pair) for pair in around((best.high, best.low), experts) for sample in samples]
