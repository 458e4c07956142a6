"""Edits that the looks of a clip suggest: dead time and black ends trimmed, bars cropped, scenes split."""

from collections.abc import Collection, Iterator
from pathlib import Path

from wannb.data.boxes import together
from wannb.data.edits import Edits
from wannb.data.facts import VideoFacts
from wannb.data.listing import listed, shown
from wannb.data.looks import Look, look
from wannb.data.pieces import WHOLE, Piece, box_of, of_frames, snapped, span
from wannb.data.unusable import Unusable
from wannb.data.video import probe

CODES = ("static-start", "static-end", "black-frames", "scene-cut", "bars")
"""Findings that an edit mends."""
SHORTEST = 0.5
"""Seconds: a scene that is shorter is left out where a longer one stays."""


def apply_suggestions(
    folder: str | Path, codes: Collection[str] | None = None, names: Collection[str] | None = None
) -> dict[str, tuple[Piece, ...]]:
    """Edit the clips of `folder` (of `names`, or all) as their looks suggest for `codes` (`CODES`); one step of undo.

    Returns the new pieces of each clip that changed. Clips that cannot be read, or are left out, stay as they are.
    """
    folder = Path(folder).expanduser()
    edits, changed = Edits.of(folder), {}
    for path in listed(folder).files:
        name = shown(path, folder)
        if names is not None and name not in names:
            continue
        try:
            seen = look(path)
            pieces = suggested(probe(path), seen, edits.pieces(name), codes)
        except Unusable:
            continue
        if pieces is not None:
            changed[name] = pieces
    edits.set_all(changed)
    return changed


def suggested(
    facts: VideoFacts, look: Look, pieces: tuple[Piece, ...] | None = None, codes: Collection[str] | None = None
) -> tuple[Piece, ...] | None:
    """The pieces that a clip of these facts (of its file) and `look` should have, starting from those it has.

    None where there is nothing to change: also for a clip that is left out, or of which nothing would stay.
    """
    codes = CODES if codes is None else codes
    before = tuple(snapped(piece, facts) for piece in ((WHOLE,) if pieces is None else pieces))
    bars = look.box if "bars" in codes else None
    after = []
    for piece in before:
        box = together(bars, box_of(piece, facts)) if bars else box_of(piece, facts)
        after += [
            snapped(of_frames(*ends, box, facts), facts) for ends in _ranges(span(piece, facts), facts, look, codes)
        ]
    return None if not after or tuple(after) == before else tuple(after)


def _ranges(whole: tuple[int, int], facts: VideoFacts, look: Look, codes: Collection[str]) -> Iterator[tuple[int, int]]:
    """The frames (first, stop) of `whole` that stay, scene by scene; short scenes go where a longer one stays."""
    if facts.fps <= 0:
        return iter([whole])
    first, stop = whole
    if look.still_start + look.still_end < facts.frames:
        first = max(first, look.still_start) if "static-start" in codes else first
        stop = min(stop, facts.frames - look.still_end) if "static-end" in codes else stop
    black = look.black if "black-frames" in codes else ()
    cuts = [cut for cut in look.cuts if first < cut < stop] if "scene-cut" in codes else []
    found = [one for scene in _between(first, stop, cuts) for one in _without(scene, black)]
    long = [one for one in found if one[1] - one[0] >= SHORTEST * facts.fps]
    return iter(long or found)


def _between(first: int, stop: int, cuts: list[int]) -> list[tuple[int, int]]:
    edges = [first, *cuts, stop]
    return [(start, end) for start, end in zip(edges, edges[1:], strict=False) if start < end]


def _without(scene: tuple[int, int], runs: Collection[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """What is left of the frames `scene` once each of `runs` (first, stop) is taken out."""
    start, stop = scene
    for first, last in sorted(runs):
        if first < stop and last > start:
            if first > start:
                yield start, first
            start = last
    if start < stop:
        yield start, stop
