"""One clip's frames as training takes them, under settings that may differ from the set's."""

from dataclasses import dataclass, replace
from pathlib import Path

from wannb.data import lost
from wannb.data.buckets import bucket
from wannb.data.clip import Clip
from wannb.data.facts import VideoFacts
from wannb.data.picking import Choice, FrameMode, choose
from wannb.data.pieces import WHOLE, Piece, facts_of, snapped, span
from wannb.refusal import Refusal


@dataclass(frozen=True)
class Taken:
    """`frames`: indices in the file; `size`: the bucket (W, H); `clip`: the piece; `choice`: how they were picked."""

    clip: Clip
    frames: tuple[int, ...]
    windows: tuple[tuple[int, ...], ...]
    size: tuple[int, int]
    choice: Choice

    @property
    def cropped(self) -> float:
        """Share of the piece's picture that the bucket cuts off."""
        return lost.cropped(self.clip.facts.width, self.clip.facts.height, self.size)


def clip_of(path: Path, whole: VideoFacts, piece: Piece | None) -> Clip:
    """The clip that the file at `path` (of facts `whole`), or one piece of it, is; raises Refusal for a bad piece."""
    piece = piece and snapped(piece, whole)
    return Clip(path, facts_of(piece, whole), ok=True, piece=piece, whole=whole)


def taken(clip: Clip, mode: FrameMode, resolution: int, window: int = 0) -> Taken:
    """What training takes of `clip` (its window of that number) at `resolution`; raises Refusal for one too small."""
    choice = choose(clip.facts, mode)
    first, _ = span(clip.piece or WHOLE, clip.whole)
    windows = tuple(tuple(first + index for index in window) for window in choice.windows)
    try:
        size = bucket(clip.facts.width, clip.facts.height, resolution)
    except ValueError:
        raise Refusal(f"{clip.facts.width}x{clip.facts.height} pixels are too small to train on: crop less.") from None
    return Taken(clip, windows[min(window, len(windows) - 1)], windows, size, choice)


def with_choice(mode: FrameMode, num_frames: int, how: str) -> FrameMode:
    """`mode` with another count, and frames picked `uniform` over the clip, at its `rate`, or `auto` (all at it)."""
    return replace(mode, num_frames=num_frames, shrink=how == "uniform", auto=how == "auto")
