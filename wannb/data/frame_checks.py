"""What there is to say about the frames that are taken of one clip. Pure: facts and choice in, findings out."""

from collections.abc import Iterator

from wannb.data import frames
from wannb.data.facts import VideoFacts
from wannb.data.picking import Choice, FrameMode
from wannb.job.finding import Finding
from wannb.job.frame_counts import MOST_FRAMES

_NOTICEABLE = 1.25
"""A motion this many times too fast or too slow is worth a word."""
_MOTION = 5
"""Frames from which on there is a latent beside the first one's."""

_LONGEST = 81
"""Frames that Wan 2.2 was trained on (Wan-Video/Wan2.2, wan/configs, `frame_num`)."""

Findings = Iterator[Finding]


def of_frames(where: str, facts: VideoFacts, mode: FrameMode, choice: Choice) -> list[Finding]:
    """On the choice of frames: what repeats, what is sped up, what the clip is too short or too long for."""
    if choice.how == "still":
        return []
    if choice.fell_back:
        return [*_fell_back(where, facts, mode, choice), *_uniform(where, facts, mode), *_uneven(where, facts, choice)]
    if choice.how == "uniform":
        return [*_uniform(where, facts, mode), *_uneven(where, facts, choice)]
    counted = _auto(where, facts, mode, choice) if choice.how == "auto" else _single(where, mode)
    return [*counted, *_slower(where, facts, mode), *_uneven(where, facts, choice)]


def _single(where: str, mode: FrameMode) -> Findings:
    if mode.num_frames == 1 and mode.windows == 1:
        message = "Num Frames is 1: only the first frame is trained."
        yield Finding("first-frame-only", "info", where, message, "For motion set Num Frames to 33 or 41.")


def _uniform(where: str, facts: VideoFacts, mode: FrameMode) -> Findings:
    yield from _single(where, mode)
    if mode.num_frames == 1:
        return
    if facts.frames < mode.num_frames:
        message = (
            f"The clip has {facts.frames} frames, {mode.num_frames} are asked for: some repeat and the motion stutters."
        )
        fix = f"Use a longer clip or Num Frames {frames.nearest_counts(facts.frames)[0]}."
        yield Finding("repeats-frames", "warning", where, message, fix)
    speed = frames.stretch(facts.frames, facts.fps, mode.num_frames)
    if max(speed, 1 / speed) >= _NOTICEABLE:
        pace = f"{speed:.1f} times as fast as filmed" if speed > 1 else f"at {speed:.0%} of its real speed"
        message = (
            f"{facts.seconds:.1f} s at {facts.fps:g} fps become {mode.num_frames} frames,"
            f" {mode.num_frames / frames.WAN_FPS:.1f} s at 16 fps: the motion is learned {pace}."
        )
        fix = f"Trim the clip to about {(mode.num_frames - 1) / frames.WAN_FPS:.1f} s if its speed matters."
        yield Finding("time-warp", "info", where, message, fix)


def _fell_back(where: str, facts: VideoFacts, mode: FrameMode, choice: Choice) -> Findings:
    spread = f"its {mode.num_frames} frames are spread over the whole clip"
    if facts.fps <= 0:
        message = f"Its frame rate is not known, so it cannot be sampled at {mode.fps:g} fps: {spread}."
        yield Finding("unknown-rate", "warning", where, message, "Re-encode it at a constant rate.")
        return
    message = (
        f"{facts.seconds:.1f} s are too short for {mode.num_frames} frames at {mode.fps:g} fps,"
        f" which take {(mode.num_frames - 1) / mode.fps:.1f} s: {spread}."
    )
    fit = f" or Num Frames {choice.fits}, which fit" if choice.fits >= _MOTION else ""
    yield Finding("too-short-for-rate", "warning", where, message, f"Use a longer clip{fit}.")


def _auto(where: str, facts: VideoFacts, mode: FrameMode, choice: Choice) -> Findings:
    count = len(choice.windows[0])
    if count < choice.fits:
        message = f"It holds {choice.fits} frames at {mode.fps:g} fps; Auto Frame Count stops at {MOST_FRAMES}."
        yield Finding("auto-capped", "warning", where, message, "Cut it into shorter clips.")
    elif count < _MOTION:
        message = f"Auto Frame Count gives {count} frame: {facts.seconds:.2f} s hold no 5 frames at {mode.fps:g} fps."
        yield Finding("auto-too-short", "warning", where, message, "Use a longer clip.")
    elif count > _LONGEST:
        message = f"Auto Frame Count takes {count} frames; Wan was trained on {_LONGEST}, and memory grows with them."
        yield Finding("auto-long", "warning", where, message, f"Cut it to {(_LONGEST - 1) / mode.fps:.1f} s.")


def _slower(where: str, facts: VideoFacts, mode: FrameMode) -> Findings:
    if not facts.times and mode.moves and facts.fps < 0.99 * mode.fps:
        message = f"It was filmed at {facts.fps:g} fps and is sampled at {mode.fps:g}: some frames repeat."
        fix = "Use clips of at least that rate, or Shrink Video to Frames."
        yield Finding("repeats-frames", "warning", where, message, fix)


def _uneven(where: str, facts: VideoFacts, choice: Choice) -> Findings:
    if facts.even_time or len(choice.windows[0]) == 1 or (facts.times and choice.how != "uniform"):
        return
    message = "Its frames come at an uneven rate but are picked by number: the motion jerks."
    cure = "Re-encode at a constant rate (ffmpeg -i in -fps_mode cfr -r 30 out.mp4)"
    fix = f"{cure}, or switch Shrink Video to Frames off." if facts.times and not choice.fell_back else f"{cure}."
    yield Finding("variable-fps", "warning", where, message, fix)
