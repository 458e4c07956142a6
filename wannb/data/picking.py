"""From a clip's facts and its set's frame settings to the frames that are trained on."""

from dataclasses import dataclass
from typing import Literal

from wannb.data import frames
from wannb.data.facts import VideoFacts
from wannb.job.frame_counts import MOST_FRAMES


@dataclass(frozen=True)
class FrameMode:
    """The frame settings of a `datasets[]` entry; `windows` counts only at true rate (`shrink` and `auto` off)."""

    num_frames: int
    fps: float = frames.WAN_FPS
    shrink: bool = True
    auto: bool = False
    trim: bool = True
    windows: int = 1

    @property
    def moves(self) -> bool:
        """Whether more than one frame is wanted of a clip."""
        return self.auto or self.num_frames > 1


@dataclass(frozen=True)
class Choice:
    """`windows`: frame indices of each piece; `fits`: the largest 4n+1 that the clip holds at the rate wanted.

    `how` is `still` (an image), `uniform` (over the whole clip), `rate` (true rate) or `auto` (true rate, whole clip);
    `fell_back` says that the true rate was wanted, but uniform is what the clip allows.
    """

    windows: tuple[tuple[int, ...], ...]
    how: Literal["still", "uniform", "rate", "auto"]
    fits: int = 1
    fell_back: bool = False


def choose(facts: VideoFacts, mode: FrameMode) -> Choice:
    """Auto Frame Count goes before Shrink Video to Frames, as in AI Toolkit; a rate that is unknown can only shrink."""
    if facts.is_image:
        return Choice(((0,),), "still")
    if facts.fps > 0 and mode.auto:
        return _auto(facts, mode)
    uniform = _tuples([frames.pick(facts.frames, mode.num_frames)])
    if mode.shrink and not mode.auto:
        return Choice(uniform, "uniform")
    if facts.fps <= 0:
        return Choice(uniform, "uniform", fell_back=True)
    return _at_rate(facts, mode, uniform)


def _at_rate(facts: VideoFacts, mode: FrameMode, uniform: tuple[tuple[int, ...], ...]) -> Choice:
    if facts.times:
        found = frames.at_times(facts.times, mode.fps, mode.num_frames, mode.windows)
        fits = frames.most_at_times(facts.times, mode.fps)
    else:
        found = frames.at_rate(facts.frames, facts.fps, mode.fps, mode.num_frames, mode.windows)
        fits = frames.most_at_rate(facts.frames, facts.fps, mode.fps)
    return Choice(_tuples(found), "rate", fits) if found else Choice(uniform, "uniform", fits, fell_back=True)


def _auto(facts: VideoFacts, mode: FrameMode) -> Choice:
    fits = frames.auto_count(facts.frames, facts.fps, mode.fps, mode.trim)
    count = min(fits, MOST_FRAMES)
    if facts.times:
        picked = [frames.nearest(facts.times, facts.times[0] + i / mode.fps) for i in range(count)]
    else:
        picked = frames.auto(facts.frames, facts.fps, mode.fps, count)
    return Choice(_tuples([picked]), "auto", fits)


def _tuples(windows: list[list[int]]) -> tuple[tuple[int, ...], ...]:
    return tuple(map(tuple, windows))
