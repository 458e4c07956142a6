"""Which frames of a clip are trained on, and what that does to its time."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from fractions import Fraction
from math import floor

WAN_FPS = 16
"""What Wan 2.2 14B was trained at and plays at (Wan-Video/Wan2.2, wan/configs, `sample_fps`)."""
_STAMP = 1e-3
"""Seconds: how finely containers stamp their frames."""


def pick(source_frames: int, num_frames: int) -> list[int]:
    """Indices of `num_frames` frames, uniform over a clip of `source_frames`.

    index_i = round(i (N - 1) / (F - 1)), halves to even, as AI Toolkit's shrink_video_to_frames has it;
    a clip shorter than F repeats frames. One frame is the first: the image that I2V starts from.
    """
    if source_frames < 1 or num_frames < 1:
        raise ValueError(f"{num_frames} of {source_frames} frames")
    if num_frames == 1:
        return [0]
    return [_rounded(i * (source_frames - 1), num_frames - 1) for i in range(num_frames)]


def fits_vae(num_frames: int) -> bool:
    """Whether the count is 4n+1: the Wan VAE keeps the first frame and then takes four at a time."""
    return num_frames >= 1 and num_frames % 4 == 1


def nearest_counts(num_frames: int) -> tuple[int, int]:
    """The 4n+1 counts below and above `num_frames`."""
    below = max(1, (num_frames - 1) // 4 * 4 + 1)
    return below, below + 4


def stretch(source_frames: int, fps: float, num_frames: int) -> float:
    """How many times as fast as filmed the picked frames play at 16 fps (below 1: slower)."""
    if source_frames < 2 or num_frames < 2 or fps <= 0:
        return 1.0
    return (source_frames - 1) / fps / ((num_frames - 1) / WAN_FPS)


def at_rate(source_frames: int, source_fps: float, fps: float, num_frames: int, most: int = 1) -> list[list[int]]:
    """Up to `most` windows of `num_frames` frames at `fps`: index_i = start + round(i source_fps / fps).

    Their starts lie evenly over the clip, the first at its start, the last so that it ends at its end; windows that
    would coincide are one. Empty where the clip is too short for a single one.
    """
    steps = [round(i * _ratio(source_fps, fps)) for i in range(num_frames)]
    room = source_frames - 1 - steps[-1]
    if room < 0:
        return []
    return [[start + step for step in steps] for start in _spread(room, most)]


def at_times(times: Sequence[float], fps: float, num_frames: int, most: int = 1) -> list[list[int]]:
    """As `at_rate` for a clip of uneven rate: `times` (seconds, rising) of its frames; each is the nearest in time."""
    latest = bisect_right(times, times[-1] + _STAMP - (num_frames - 1) / fps) - 1
    if latest < 0:
        return []
    wanted = [times[0] + (times[latest] - times[0]) * j / max(most - 1, 1) for j in range(most)]
    starts = dict.fromkeys(nearest(times, seconds) for seconds in wanted)
    return [[nearest(times, times[start] + i / fps) for i in range(num_frames)] for start in starts]


def most_at_rate(source_frames: int, source_fps: float, fps: float) -> int:
    """The largest 4n+1 of which `at_rate` finds a window (at least 1)."""
    ratio = _ratio(source_fps, fps)
    count = nearest_counts(floor((source_frames - 1) / ratio) + 2)[1]
    while count > 1 and round((count - 1) * ratio) > source_frames - 1:
        count -= 4
    return count


def most_at_times(times: Sequence[float], fps: float) -> int:
    """The largest 4n+1 of which `at_times` finds a window (at least 1)."""
    return floor((times[-1] - times[0] + _STAMP) * fps) // 4 * 4 + 1


def auto_count(source_frames: int, source_fps: float, fps: float, trim: bool = True) -> int:
    """AI Toolkit's Auto Frame Count: F = 4 ⌊max(0, ⌊seconds fps⌋ - 1) / 4⌋ + 1, not capped.

    Without `trim` (`trim_auto_frame_count_tail: false`) the 1 is not taken off, and the last frame may repeat.
    """
    whole = floor(source_frames / _ratio(source_fps, fps))
    return max(0, whole - trim) // 4 * 4 + 1


def auto(source_frames: int, source_fps: float, fps: float, num_frames: int) -> list[int]:
    """The first `num_frames` frames at `fps`: index_i = min(round(i source_fps / fps), N - 1)."""
    ratio = _ratio(source_fps, fps)
    return [min(round(i * ratio), source_frames - 1) for i in range(num_frames)]


def nearest(times: Sequence[float], seconds: float) -> int:
    """The index of the frame nearest `seconds`; of two equally near the earlier."""
    after = min(max(bisect_left(times, seconds), 1), len(times) - 1)
    return after - 1 if seconds - times[after - 1] <= times[after] - seconds else after


def _rounded(above: int, below: int) -> int:
    """`above / below` to the nearest integer, halves to even: `round(Fraction(above, below))`, sooner."""
    whole, rest = divmod(above, below)
    return whole + (2 * rest > below or (2 * rest == below and whole % 2 == 1))


def _spread(room: int, most: int) -> list[int]:
    return list(dict.fromkeys(round(Fraction(j * room, max(most - 1, 1))) for j in range(most)))


def _ratio(source_fps: float, fps: float) -> Fraction:
    """Source frames a trained frame; exact, so that 10,000 frames do not drift."""
    return Fraction(source_fps) / Fraction(fps)
