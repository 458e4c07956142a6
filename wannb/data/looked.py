"""What a folder's clips look like, put to the clips: each gets its look, and what there is to say of it."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from wannb.data.clip import Clip
from wannb.data.looks import Look
from wannb.data.looks.remembered import recall
from wannb.job.finding import Finding


def recalled(paths: Iterable[Path]) -> dict[Path, Look]:
    """The looks of those of `paths` that were looked at as they are now; nothing is decoded."""
    seen = {path: recall(path) for path in paths}
    return {path: one[1] for path, one in seen.items() if one and one[1]}


def with_looks(clips: list[Clip], looks: Mapping[Path, Look], kind: str | None) -> list[Clip]:
    """`clips`, those of which a look is known with that of their piece and the findings on it."""
    return [_with_look(clip, looks[clip.path], kind) if clip.ok and clip.path in looks else clip for clip in clips]


def of_set(clips: list[Clip], kind: str | None) -> list[Finding]:
    """On all of the clips that were looked at together."""
    return []


def _with_look(clip: Clip, look: Look, kind: str | None) -> Clip:
    own = look.part(*clip.span, clip.crop) if clip.piece else look
    return replace(clip, look=own)
