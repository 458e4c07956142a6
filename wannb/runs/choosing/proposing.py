"""`wannb.propose(run)`: the pair of LoRA files to take."""

import time
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path

from wannb.refusal import Refusal
from wannb.runs.bar import Bar
from wannb.runs.choosing import choice
from wannb.runs.choosing.evidence import Expert, evidence
from wannb.runs.choosing.plan import Pair, along, around
from wannb.runs.choosing.proposal import Proposal
from wannb.runs.choosing.rated import Rated, rated
from wannb.runs.choosing.warned import warned
from wannb.runs.clips.shelf import Shelf
from wannb.runs.clips.wish import Wish
from wannb.runs.run import Run

BASE = (0, 0)
_POLL = 0.5  # seconds
Progress = Callable[..., None]


def propose(run: Run | str | Path, make: bool = False, progress: Progress | None = None) -> Proposal:
    """Propose a pair of `run`'s LoRA files, with reasons and warnings, from its clips, its validation losses and the
    files themselves.

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
        _made(shelf, first, progress)
    table = rated(run, _there(shelf, samples, experts))
    sound = choice.sound_pairs(table, experts)
    more = _around(sound, samples, experts)
    if make and any(shelf.find(wish) is None for wish in more):
        _made(shelf, more, progress)
        table = rated(run, _there(shelf, samples, experts))
        sound = choice.sound_pairs(table, experts)
    missing = tuple(wish for wish in dict.fromkeys([*first, *more]) if shelf.find(wish) is None)
    return _proposal(table, sound, experts, missing)


def _proposal(
    table: list[Rated], sound: list[Rated], experts: dict[str, Expert], missing: tuple[Wish, ...]
) -> Proposal:
    trained = [one for one in table if one.high or one.low]
    base = next((one for one in table if not one.high and not one.low), None)
    if sound:
        best, equal = choice.best_of(sound, experts)
        if choice.nothing_learned(best, base):
            best, equal = choice.newest(sound), []
        why = choice.reasons(best, equal, base, len(trained), experts)
        pair, said = (best.high, best.low), warned(best, table, sound, experts)
    else:
        pair, said = choice.unseen(experts), warned(None, table, sound, experts)
        apart = {(one.high, one.low) for one in trained}
        if pair in apart or pair == BASE:
            pair, why = BASE, ("No pair that was seen is better than the base without LoRA.",)
        else:
            why = ("No clip of a sound pair is made yet: this is each expert's least validation loss or newest file.",)
    if missing:
        said.append(f"{len(missing)} clips that would make it surer are not made: propose(run, make=True) makes them.")
    return Proposal(*pair, tuple(why), tuple(said), tuple(table), missing)


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


def _made(shelf: Shelf, wishes: list[Wish], progress: Progress | None) -> None:
    """Order the clips that are not there and wait until each is made or refused."""
    wanted = [wish for wish in wishes if shelf.find(wish) is None]
    if not wanted:
        return
    with closing(Bar()) as bar:
        shelf.order(wanted)
        left = wanted
        while left:
            rows = {row["key"]: row for row in shelf.progress()}
            left = [wish for wish in left if shelf.find(wish) is None]
            (progress or bar)("rendering clips", len(wanted) - len(left), len(wanted))
            if all(rows.get(wish.key, {}).get("state") == "refused" for wish in left):
                return
            if not shelf.rendering:
                shelf.go_on()
            time.sleep(_POLL)
