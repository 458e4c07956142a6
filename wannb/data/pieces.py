"""Pieces of a clip: from when to when, and which part of the picture; pure, nothing here opens a file."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any

from wannb.data.boxes import Box, clipped
from wannb.data.facts import VideoFacts
from wannb.data.unusable import Unusable
from wannb.words import say

_DIGITS = 6
"""Of a second: finer than any container stamps its frames."""


@dataclass(frozen=True)
class Piece:
    """Seconds `start` to `end` (None: the clip's) of a clip, and the `crop` box of its upright picture (None: all)."""

    start: float = 0.0
    end: float | None = None
    crop: Box | None = None

    @classmethod
    def of_dict(cls, raw: Any) -> "Piece":
        """The piece that the JSON object `raw` says; raises ValueError with what is wrong with it."""
        if not isinstance(raw, Mapping):
            raise ValueError("a piece is an object with start, end and crop")
        start, end, crop = raw.get("start"), raw.get("end"), raw.get("crop")
        start = 0.0 if start is None else _number(start, "start")
        end = None if end is None else _number(end, "end")
        if start < 0 or end is not None and end <= start:
            raise ValueError(f"a piece from {start:g} to {end:g} s is none" if end is not None else "start is below 0")
        return cls(start, end, None if crop is None else _box(crop))

    def to_dict(self) -> dict[str, Any]:
        """As the edit list has it."""
        return {"start": self.start, "end": self.end, "crop": list(self.crop) if self.crop else None}


WHOLE = Piece()


def span(piece: Piece | None, facts: VideoFacts) -> tuple[int, int]:
    """(first, stop): the frames of the file that `piece` takes, its ends moved to the nearest edge between frames.

    facts: of the whole file. An image, or a clip whose rate is not known, is taken whole. Raises Unusable where the
    piece begins after the end of the clip.
    """
    if piece is None or facts.is_image or not _timed(facts):
        return 0, facts.frames
    edges = _edges(facts)
    if piece.start >= edges[-1]:
        message = say("A piece of it starts at {start:g} s, but it ends at {end:g} s", start=piece.start, end=edges[-1])
        raise Unusable("bad-edits", message, say("Set or reset its trim."))
    first = min(_nearest(edges, piece.start), facts.frames - 1)
    stop = facts.frames if piece.end is None else max(_nearest(edges, piece.end), first + 1)
    return first, stop


def of_frames(first: int, stop: int, crop: Box | None, facts: VideoFacts) -> Piece:
    """The piece of the frames `first` to `stop` (outside); `end` None where that is the clip's."""
    edges = _edges(facts) if _timed(facts) else [0.0] * (facts.frames + 1)
    end = None if stop >= facts.frames else round(edges[stop], _DIGITS)
    return Piece(round(edges[first], _DIGITS), end, crop)


def snapped(piece: Piece, facts: VideoFacts) -> Piece:
    """`piece` with its ends on edges between frames and its box inside the picture; None for a box that is all of it.

    Raises Unusable as `span` does.
    """
    first, stop = span(piece, facts)
    return of_frames(first, stop, box_of(piece, facts), facts)


def box_of(piece: Piece | None, facts: VideoFacts) -> Box | None:
    """The crop box inside the picture of the file; None where all of it is taken."""
    if piece is None or piece.crop is None:
        return None
    box = clipped(piece.crop, facts.width, facts.height)
    return None if box == (0, 0, facts.width, facts.height) else box


def facts_of(piece: Piece | None, facts: VideoFacts) -> VideoFacts:
    """What is known of the piece as if it were a file of its own: its size, frames and seconds."""
    first, stop = span(piece, facts)
    box = box_of(piece, facts)
    if box:
        facts = replace(facts, width=box[2] - box[0], height=box[3] - box[1])
    if (first, stop) == (0, facts.frames):
        return facts
    frames = stop - first
    times = tuple(round(time - facts.times[first], _DIGITS) for time in facts.times[first:stop])
    fps = (frames - 1) / times[-1] if len(times) > 2 else facts.fps
    seconds = round(frames / fps, 4)
    lost = max(0.0, facts.promised_seconds - facts.seconds) if stop == facts.frames else 0.0
    fault = facts.fault if stop == facts.frames else ""
    return replace(
        facts,
        frames=frames,
        fps=round(fps, 4),
        times=times,
        seconds=seconds,
        promised_seconds=seconds + lost,
        fault=fault,
    )


def named(name: str, pieces: tuple[Piece, ...] | None) -> list[tuple[str, Piece | None]]:
    """Each piece of the clip `name` with how it is called: `orbit.mp4 [2/3]`, or plainly where it is the only one."""
    if pieces is None:
        return [(name, None)]
    if len(pieces) == 1:
        return [(name, pieces[0])]
    return [(f"{name} [{i + 1}/{len(pieces)}]", piece) for i, piece in enumerate(pieces)]


def _timed(facts: VideoFacts) -> bool:
    return facts.fps > 0


def _edges(facts: VideoFacts) -> list[float]:
    """Seconds at which each frame begins, and the last one ends: one more than there are frames."""
    last = (facts.times[-1] if facts.times else (facts.frames - 1) / facts.fps) + 1 / facts.fps
    return [facts.time_of(i) for i in range(facts.frames)] + [last]


def _nearest(edges: list[float], seconds: float) -> int:
    return min(range(len(edges)), key=lambda i: abs(edges[i] - seconds))


def _number(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise ValueError(f"{name} is {value!r}, not a number of seconds")
    return float(value)


def _box(value: Any) -> Box:
    numbers = list(value) if isinstance(value, list | tuple) else []
    if len(numbers) != 4 or any(isinstance(n, bool) or not isinstance(n, int | float) for n in numbers):
        raise ValueError(f"crop is {value!r}, not [x0, y0, x1, y1] in pixels")
    if not all(isfinite(n) for n in numbers) or numbers[0] >= numbers[2] or numbers[1] >= numbers[3]:
        raise ValueError(f"crop is {value!r}, and x0 < x1 and y0 < y1 have to hold")
    return tuple(round(n) for n in numbers)
