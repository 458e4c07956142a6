"""What there is to say of one clip's look. Pure: numbers in, findings out."""

from collections.abc import Iterator

from wannb.data.facts import VideoFacts
from wannb.data.looks.look import Box, Look
from wannb.data.picking import FrameMode
from wannb.job.finding import Finding

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
    which, other = ("first", "start") if code == "static-start" else ("last", "end")
    how_long = f"{seconds:.1f} s ({frames} of {look.frames} frames)" if seconds else f"{frames} frames"
    message = f"Nothing moves in the {which} {how_long}."
    fix = f"Trim the {other}." if long else ""
    evidence = {"frames": frames, "seconds": round(seconds, 3), "of": look.frames}
    yield Finding(code, "warning" if long else "info", where, message, fix, evidence=evidence)


def _still(where: str, look: Look, kind: str | None) -> Finding:
    severity = "warning" if kind in (None, "motion") else "info"
    message = f"Nothing moves in any of its {look.frames} frames: it teaches no motion."
    fix = "Leave it out, or save one frame of it as an image." if severity == "warning" else ""
    evidence = {"frames": look.frames, "energy": round(look.energy, 3)}
    return Finding("static-clip", severity, where, message, fix, evidence=evidence)


def _black(where: str, look: Look) -> Iterator[Finding]:
    count = sum(stop - first for first, stop in look.black)
    if not count:
        return
    if count == look.frames:
        message, fix = f"All {count} frames are black.", "Leave it out."
    else:
        places = ", ".join(_span(look, *run) for run in look.black[:3])
        more = f" and {len(look.black) - 3} more places" if len(look.black) > 3 else ""
        is_or_are = "1 frame is" if count == 1 else f"{count} frames are"
        message = f"{is_or_are} black: {places}{more}."
        inside = any(first > 0 and stop < look.frames for first, stop in look.black)
        fix = "Split the clip there, and trim them." if inside else "Trim them."
    evidence = {"runs": [list(run) for run in look.black], "frames": count}
    yield Finding("black-frames", "warning", where, message, fix, evidence=evidence)


def _cuts(where: str, look: Look) -> Iterator[Finding]:
    if not look.cuts:
        return
    places = ", ".join(_at(look, cut) for cut in look.cuts[:4])
    more = f" and {len(look.cuts) - 4} more" if len(look.cuts) > 4 else ""
    what = "Another scene begins" if len(look.cuts) == 1 else f"{len(look.cuts)} other scenes begin"
    message = f"{what} at {places}{more}: a cut is learnt as motion."
    seconds = [round(_seconds(look, cut), 3) for cut in look.cuts]
    evidence = {"frames": list(look.cuts), "seconds": seconds}
    yield Finding("scene-cut", "warning", where, message, "Split the clip there.", evidence=evidence)


def _bars(where: str, look: Look, facts: VideoFacts) -> Iterator[Finding]:
    if not look.box:
        return
    x0, y0, x1, y1 = look.box
    sides = {"left": x0, "top": y0, "right": facts.width - x1, "bottom": facts.height - y1}
    lost = 1 - (x1 - x0) * (y1 - y0) / (facts.width * facts.height)
    dark = ", ".join(f"{size} pixels at the {side}" for side, size in sides.items() if size)
    message = (
        f"Dark bars frame the picture ({dark}): {lost:.0%} of what is trained would be bars."
        f" The picture is {x1 - x0}x{y1 - y0}."
    )
    evidence = {"box": list(look.box), "share": round(lost, 4)}
    severity = "info" if lost < _THIN_BARS else "warning"
    yield Finding("bars", severity, where, message, f"Crop it to {_box(look.box)}.", evidence=evidence)


def _box(box: Box) -> str:
    x0, y0, x1, y1 = box
    return f"x {x0} to {x1}, y {y0} to {y1}"


def _dark(look: Look) -> tuple[int, int]:
    """Black frames at the start and at the end."""
    start = look.black[0][1] if look.black and look.black[0][0] == 0 else 0
    end = look.frames - look.black[-1][0] if look.black and look.black[-1][1] == look.frames else 0
    return start, end


def _span(look: Look, first: int, stop: int) -> str:
    where = f"frame {first}" if stop - first == 1 else f"frames {first} to {stop - 1}"
    return f"{where} ({_seconds(look, first):.1f} to {_seconds(look, stop):.1f} s)" if look.fps else where


def _at(look: Look, frame: int) -> str:
    return f"frame {frame} ({_seconds(look, frame):.1f} s)" if look.fps else f"frame {frame}"


def _seconds(look: Look, frames: int) -> float:
    return frames / look.fps if look.fps > 0 else 0.0
