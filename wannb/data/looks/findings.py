"""What there is to say of one clip's look. Pure: numbers in, findings out."""

from collections.abc import Iterator

from wannb.data.facts import VideoFacts
from wannb.data.looks.look import Box, Look
from wannb.data.picking import FrameMode
from wannb.job.finding import Finding
from wannb.words import join, say

LONG_SECONDS, LONG_SHARE = 0.5, 0.15
"""Standing about for longer, or for a larger share of the clip, is a warning."""
_SHORT_SECONDS, _SHORT_SHARE, _SHORT_FRAMES = 0.25, 0.08, 3
"""What is shorter than all of these is not worth a word."""
_THIN_BARS = 0.01
"""Of the picture's area: bars under it are said, and no more."""


def findings_of(where: str, look: Look, facts: VideoFacts, mode: FrameMode, kind: str | None = None) -> list[Finding]:
    """On the movement, cuts, black frames and bars of the clip that is shown as `where`.

    kind: of LoRA; a style or a character may stand still, a motion may not.
    """
    said = list(_bars(where, look, facts))
    if facts.is_image or not mode.moves or look.frames < 2:
        return said
    said += _black(where, look)
    if look.still:
        return said + ([] if look.black == ((0, look.frames),) else [_still(where, look, kind)])
    dark_start, dark_end = _dark(look)
    lazy = kind in ("style", "character")
    said += _standing(where, look, "static-start", look.still_start - dark_start if look.still_start else 0, lazy)
    said += _standing(where, look, "static-end", look.still_end - dark_end if look.still_end else 0, lazy)
    return said + list(_cuts(where, look))


def _standing(where: str, look: Look, code: str, frames: int, lazy: bool) -> Iterator[Finding]:
    """frames: of standing about, the black ones before or after them not counted."""
    seconds, share = _seconds(look, frames), frames / look.frames
    if frames < _SHORT_FRAMES or seconds < _SHORT_SECONDS and share < _SHORT_SHARE:
        return
    if seconds < _SHORT_SECONDS / 2 or share < 0.02:
        return
    long = not lazy and (seconds > LONG_SECONDS or share > LONG_SHARE)
    if code == "static-start":
        timed = say("Nothing moves in the first {seconds:.1f} s ({frames} of {all} frames).",
                    seconds=seconds, frames=frames, all=look.frames)  # fmt: skip
        message = timed if seconds else say("Nothing moves in the first {frames} frames.", frames=frames)
        fix = say("Trim the start.") if long else ""
    else:
        timed = say("Nothing moves in the last {seconds:.1f} s ({frames} of {all} frames).",
                    seconds=seconds, frames=frames, all=look.frames)  # fmt: skip
        message = timed if seconds else say("Nothing moves in the last {frames} frames.", frames=frames)
        fix = say("Trim the end.") if long else ""
    evidence = {"frames": frames, "seconds": round(seconds, 3), "of": look.frames}
    yield Finding(code, "warning" if long else "info", where, message, fix, evidence=evidence)


def _still(where: str, look: Look, kind: str | None) -> Finding:
    severity = "warning" if kind in (None, "motion") else "info"
    message = say("Nothing moves in any of its {frames} frames: it teaches no motion.", frames=look.frames)
    fix = say("Leave it out, or save one frame of it as an image.") if severity == "warning" else ""
    evidence = {"frames": look.frames, "energy": round(look.energy, 3)}
    return Finding("static-clip", severity, where, message, fix, evidence=evidence)


def _black(where: str, look: Look) -> Iterator[Finding]:
    count = sum(stop - first for first, stop in look.black)
    if not count:
        return
    if count == look.frames:
        message, fix = say("All {count} frames are black.", count=count), say("Leave it out.")
    else:
        places = join(", ", [_span(look, *run) for run in look.black[:3]])
        if len(look.black) > 3:
            places = say("{places} and {more} more places", places=places, more=len(look.black) - 3)
        one = say("1 frame is black: {places}.", places=places)
        message = one if count == 1 else say("{count} frames are black: {places}.", count=count, places=places)
        inside = any(first > 0 and stop < look.frames for first, stop in look.black)
        fix = say("Split the clip there, and trim them.") if inside else say("Trim them.")
    evidence = {"runs": [list(run) for run in look.black], "frames": count}
    yield Finding("black-frames", "warning", where, message, fix, evidence=evidence)


def _cuts(where: str, look: Look) -> Iterator[Finding]:
    if not look.cuts:
        return
    places = join(", ", [_at(look, cut) for cut in look.cuts[:4]])
    if len(look.cuts) > 4:
        places = say("{names} and {more} more", names=places, more=len(look.cuts) - 4)
    one = say("Another scene begins at {places}: a cut is learnt as motion.", places=places)
    several = say(
        "{count} other scenes begin at {places}: a cut is learnt as motion.", count=len(look.cuts), places=places
    )
    message = one if len(look.cuts) == 1 else several
    seconds = [round(_seconds(look, cut), 3) for cut in look.cuts]
    evidence = {"frames": list(look.cuts), "seconds": seconds}
    yield Finding("scene-cut", "warning", where, message, say("Split the clip there."), evidence=evidence)


def _bars(where: str, look: Look, facts: VideoFacts) -> Iterator[Finding]:
    if not look.box:
        return
    x0, y0, x1, y1 = look.box
    dark = [
        (x0, say("{size} pixels at the left", size=x0)),
        (y0, say("{size} pixels at the top", size=y0)),
        (facts.width - x1, say("{size} pixels at the right", size=facts.width - x1)),
        (facts.height - y1, say("{size} pixels at the bottom", size=facts.height - y1)),
    ]
    lost = 1 - (x1 - x0) * (y1 - y0) / (facts.width * facts.height)
    message = say(
        "Dark bars frame the picture ({dark}): {lost:.0%} of what is trained would be bars. "
        "The picture is {width}x{height}.",
        dark=join(", ", [said for size, said in dark if size]),
        lost=lost,
        width=x1 - x0,
        height=y1 - y0,
    )
    evidence = {"box": list(look.box), "share": round(lost, 4)}
    severity = "info" if lost < _THIN_BARS else "warning"
    yield Finding("bars", severity, where, message, say("Crop it to {box}.", box=_box(look.box)), evidence=evidence)


def _box(box: Box) -> str:
    x0, y0, x1, y1 = box
    return say("x {x0} to {x1}, y {y0} to {y1}", x0=x0, x1=x1, y0=y0, y1=y1)


def _dark(look: Look) -> tuple[int, int]:
    """Black frames at the start and at the end."""
    start = look.black[0][1] if look.black and look.black[0][0] == 0 else 0
    end = look.frames - look.black[-1][0] if look.black and look.black[-1][1] == look.frames else 0
    return start, end


def _span(look: Look, first: int, stop: int) -> str:
    if stop - first == 1:
        where = say("frame {frame}", frame=first)
    else:
        where = say("frames {first} to {last}", first=first, last=stop - 1)
    if not look.fps:
        return where
    start, end = _seconds(look, first), _seconds(look, stop)
    return say("{where} ({start:.1f} to {end:.1f} s)", where=where, start=start, end=end)


def _at(look: Look, frame: int) -> str:
    if not look.fps:
        return say("frame {frame}", frame=frame)
    return say("frame {frame} ({seconds:.1f} s)", frame=frame, seconds=_seconds(look, frame))


def _seconds(look: Look, frames: int) -> float:
    return frames / look.fps if look.fps > 0 else 0.0
