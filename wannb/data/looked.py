"""What a folder's clips look like, put to the clips: each gets its look, and what there is to say of it."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from wannb.data.clip import Clip
from wannb.data.looks import Look, findings_of, findings_of_set
from wannb.data.looks.remembered import recall
from wannb.data.picking import FrameMode
from wannb.job.finding import Finding


def recalled(paths: Iterable[Path]) -> dict[Path, Look]:
    """The looks of those of `paths` that were looked at as they are now; nothing is decoded."""
    seen = {path: recall(path) for path in paths}
    return {path: one[1] for path, one in seen.items() if one and one[1]}


def with_looks(clips: list[Clip], looks: Mapping[Path, Look], mode: FrameMode, kind: str | None) -> list[Clip]:
    """`clips`, those of which a look is known with that of their piece and the findings on it."""
    known = (looks.get(clip.path) if clip.ok else None for clip in clips)
    return [_with_look(clip, one, mode, kind) if one else clip for clip, one in zip(clips, known, strict=True)]


def of_set(clips: list[Clip], where: str, kind: str | None) -> list[Finding]:
    """On those of the usable clips that were looked at, held against each other; where: their folder."""
    seen = [clip for clip in clips if clip.look]
    if len(seen) < 2:
        return []
    captions = {clip.name: clip.written.text for clip in seen if clip.written and clip.written.source == "file"}
    return findings_of_set(
        {clip.name: clip.look for clip in seen}, captions, {clip.name: clip.buckets[-1] for clip in seen}, where, kind
    )


def _with_look(clip: Clip, look: Look, mode: FrameMode, kind: str | None) -> Clip:
    own = look.part(*clip.span, clip.crop) if clip.piece else look
    said = findings_of(clip.name, own, clip.facts, mode, kind)
    return replace(clip, look=own, findings=(*clip.findings, *said))
