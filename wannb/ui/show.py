"""`show`: the shortest way from clips to a player."""

from collections.abc import Iterable
from pathlib import Path

from wannb.data.clips import Clip, ClipFolder
from wannb.ui.player import Player


def show(
    clips: ClipFolder | Iterable[Clip | str | Path] | str | Path,
    captions: Iterable[str] | None = None,
    columns: int | None = None,
) -> Player:
    """Return a Player of a ClipFolder, of its clips, of paths, or of one path; clips bring their own captions."""
    if isinstance(clips, ClipFolder):
        clips = clips.clips
    if isinstance(clips, (str, Path)):
        clips = [clips]
    clips = list(clips)
    if captions is None:
        captions = [clip.caption if isinstance(clip, Clip) else Path(clip).name for clip in clips]
    return Player([clip.path if isinstance(clip, Clip) else clip for clip in clips], list(captions), columns)
