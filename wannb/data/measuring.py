"""The probe's arithmetic: one pass over a video's frames becomes its facts."""

from collections.abc import Callable
from pathlib import Path
from statistics import median

import av

from wannb.data.decoding import Tape, display_matrix, opened, plain_colours
from wannb.data.facts import VideoFacts
from wannb.data.unusable import Unusable
from wannb.words import say

_SLOWEST, _FASTEST = 0.1, 1000.0
"""Frames a second outside of which a rate is an error of the file, and counts as unknown (0)."""
_PQ, _HLG = 16, 18
"""Transfer characteristics of HDR video (ITU-T H.273)."""


def measured(path: Path, seen: Callable[[av.VideoFrame], None] | None = None) -> VideoFacts:
    """Decode every frame of `path`, and let `seen` have each as it is counted.

    Raises Unusable where there is no picture, another error where it is no video.
    """
    with opened(path) as tape:
        if not len(tape.container.streams):
            raise EOFError("no streams")
        if tape.stream is None:
            raise Unusable(
                "unreadable", say("{name} holds no picture, only sound", name=path.name), say("Remove it from the set.")
            )
        if tape.stream.codec_context is None:
            raise Unusable(
                "unreadable",
                say("{name} is in a codec that is not known", name=path.name),
                say("Export it as H.264 mp4."),
            )
        first, times, damaged = None, [], 0
        for frame in tape.frames():
            first = first or frame
            times.append(None if frame.pts is None else float(frame.pts * tape.stream.time_base))
            damaged += frame.is_corrupt or (frame.width, frame.height) != (first.width, first.height)
            if seen:
                seen(frame)
        if first is None:
            name, why = path.name, tape.fault
            message = say("Not one frame of {name} can be decoded", name=name)
            if why:
                message = say("Not one frame of {name} can be decoded ({why})", name=name, why=why)
            raise Unusable("unreadable", message, say("Copy or export it again."))
        return _facts(tape, first, times, damaged)


def _facts(tape: Tape, first: av.VideoFrame, times: list[float | None], damaged: int) -> VideoFacts:
    matrix = display_matrix(first)
    turned = matrix[0] == 0
    fps, even = _pace(times, float(tape.stream.average_rate or tape.stream.guessed_rate or 0))
    fps = fps if _SLOWEST <= fps <= _FASTEST else 0.0
    aspect = tape.stream.sample_aspect_ratio
    return VideoFacts(
        width=first.height if turned else first.width,
        height=first.width if turned else first.height,
        fps=round(fps, 4),
        frames=len(times),
        seconds=round(len(times) / fps, 4) if fps else 0.0,
        codec=_CODECS.get(tape.stream.codec_context.name, tape.stream.codec_context.name),
        rotation=int(first.rotation) % 360,
        container=tape.container.format.name,
        promised_seconds=_promised(tape),
        fault=tape.fault,
        damaged_frames=damaged,
        streams=len(tape.videos),
        even_time=even,
        times=() if even else _rising(times),
        square_pixels=not aspect or aspect == 1,
        interlaced=bool(first.interlaced_frame),
        high_range=first.color_trc in (_PQ, _HLG),
        plain_colours=plain_colours(first),
        closed_groups=not tape.leading,
        plain_matrix=matrix == (1, 0, 0, 1),
    )


_CODECS = {"libdav1d": "av1", "libvpx-vp9": "vp9", "libvpx": "vp8"}


def _pace(times: list[float | None], stated: float) -> tuple[float, bool]:
    """Frames a second, and whether they come evenly; the stated rate holds unless the time stamps disagree by 2 %."""
    if any(t is None for t in times) or len(times) < 3:
        return stated, True
    gaps = [b - a for a, b in zip(times, times[1:], strict=False)]
    span = times[-1] - times[0]
    if span <= 0:
        return stated, True
    mean = (len(times) - 1) / span
    # Containers with millisecond stamps round each gap by up to 1 ms.
    slack = 0.25 * median(gaps) + 0.002
    even = all(abs(gap - median(gaps)) <= slack for gap in gaps)
    return (stated if stated and abs(stated - mean) <= 0.02 * mean else mean), even


def _rising(times: list[float]) -> tuple[float, ...]:
    """Seconds from the first frame; nothing where a stamp does not come after the one before it."""
    rises = all(a < b for a, b in zip(times, times[1:], strict=False))
    return tuple(round(t - times[0], 6) for t in times) if rises else ()


def _promised(tape: Tape) -> float:
    """Seconds that the picture's stream, or failing that the container, says it lasts."""
    stream = tape.stream
    if stream.duration and stream.time_base:
        return round(float(stream.duration * stream.time_base), 4)
    return round((tape.container.duration or 0) / av.time_base, 4)
