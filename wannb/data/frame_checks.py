"""What there is to say about the frames that are taken of one clip. Pure: facts and choice in, findings out."""

from collections.abc import Iterator

from wannb.data import frames
from wannb.data.facts import VideoFacts
from wannb.data.picking import Choice, FrameMode
from wannb.job.finding import Finding
from wannb.job.frame_counts import MOST_FRAMES
from wannb.words import say

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
        message = say("Num Frames is 1: only the first frame is trained.")
        yield Finding("first-frame-only", "info", where, message, say("For motion set Num Frames to 33 or 41."))


def _uniform(where: str, facts: VideoFacts, mode: FrameMode) -> Findings:
    yield from _single(where, mode)
    if mode.num_frames == 1:
        return
    if facts.frames < mode.num_frames:
        message = say(
            "The clip has {frames} frames, {wanted} are asked for: some repeat and the motion stutters.",
            frames=facts.frames,
            wanted=mode.num_frames,
        )
        fix = say("Use a longer clip or Num Frames {fewer}.", fewer=frames.nearest_counts(facts.frames)[0])
        yield Finding("repeats-frames", "warning", where, message, fix)
    speed, shown = frames.stretch(facts.frames, facts.fps, mode.num_frames), mode.num_frames / frames.WAN_FPS
    numbers = {"seconds": facts.seconds, "fps": facts.fps, "wanted": mode.num_frames, "shown": shown, "speed": speed}
    if max(speed, 1 / speed) >= _NOTICEABLE:
        fast = say("{seconds:.1f} s at {fps:g} fps become {wanted} frames, {shown:.1f} s at 16 fps: the motion is "
                   "learned {speed:.1f} times as fast as filmed.", **numbers)  # fmt: skip
        slow = say("{seconds:.1f} s at {fps:g} fps become {wanted} frames, {shown:.1f} s at 16 fps: the motion is "
                   "learned at {speed:.0%} of its real speed.", **numbers)  # fmt: skip
        message = fast if speed > 1 else slow
        fix = say(
            "Trim the clip to about {seconds:.1f} s if its speed matters.",
            seconds=(mode.num_frames - 1) / frames.WAN_FPS,
        )
        yield Finding("time-warp", "info", where, message, fix)


def _fell_back(where: str, facts: VideoFacts, mode: FrameMode, choice: Choice) -> Findings:
    spread = say("its {wanted} frames are spread over the whole clip", wanted=mode.num_frames)
    if facts.fps <= 0:
        message = say(
            "Its frame rate is not known, so it cannot be sampled at {fps:g} fps: {spread}.",
            fps=mode.fps,
            spread=spread,
        )
        yield Finding("unknown-rate", "warning", where, message, say("Re-encode it at a constant rate."))
        return
    message = say(
        "{seconds:.1f} s are too short for {wanted} frames at {fps:g} fps, which take {needed:.1f} s: {spread}.",
        seconds=facts.seconds,
        wanted=mode.num_frames,
        fps=mode.fps,
        needed=(mode.num_frames - 1) / mode.fps,
        spread=spread,
    )
    fix = say("Use a longer clip.")
    if choice.fits >= _MOTION:
        fix = say("Use a longer clip or Num Frames {fits}, which fit.", fits=choice.fits)
    yield Finding("too-short-for-rate", "warning", where, message, fix)


def _auto(where: str, facts: VideoFacts, mode: FrameMode, choice: Choice) -> Findings:
    count = len(choice.windows[0])
    if count < choice.fits:
        message = say(
            "It holds {fits} frames at {fps:g} fps; Auto Frame Count stops at {most}.",
            fits=choice.fits,
            fps=mode.fps,
            most=MOST_FRAMES,
        )
        yield Finding("auto-capped", "warning", where, message, say("Cut it into shorter clips."))
    elif count < _MOTION:
        message = say(
            "Auto Frame Count gives {count} frame: {seconds:.2f} s hold no 5 frames at {fps:g} fps.",
            count=count,
            seconds=facts.seconds,
            fps=mode.fps,
        )
        yield Finding("auto-too-short", "warning", where, message, say("Use a longer clip."))
    elif count > _LONGEST:
        message = say(
            "Auto Frame Count takes {count} frames; Wan was trained on {longest}, and memory grows with them.",
            count=count,
            longest=_LONGEST,
        )
        yield Finding(
            "auto-long", "warning", where, message, say("Cut it to {seconds:.1f} s.", seconds=(_LONGEST - 1) / mode.fps)
        )


def _slower(where: str, facts: VideoFacts, mode: FrameMode) -> Findings:
    if not facts.times and mode.moves and facts.fps < 0.99 * mode.fps:
        message = say(
            "It was filmed at {fps:g} fps and is sampled at {mode_fps:g}: some frames repeat.",
            fps=facts.fps,
            mode_fps=mode.fps,
        )
        fix = say("Use clips of at least that rate, or Shrink Video to Frames.")
        yield Finding("repeats-frames", "warning", where, message, fix)


def _uneven(where: str, facts: VideoFacts, choice: Choice) -> Findings:
    if facts.even_time or len(choice.windows[0]) == 1 or (facts.times and choice.how != "uniform"):
        return
    message = say("Its frames come at an uneven rate but are picked by number: the motion jerks.")
    fix = say("Re-encode at a constant rate (ffmpeg -i in -fps_mode cfr -r 30 out.mp4).")
    if facts.times and not choice.fell_back:
        fix = say("Re-encode at a constant rate (ffmpeg -i in -fps_mode cfr -r 30 out.mp4), or switch Shrink Video to "
                  "Frames off.")  # fmt: skip
    yield Finding("variable-fps", "warning", where, message, fix)
