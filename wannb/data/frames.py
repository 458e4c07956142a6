"""Which frames of a clip are trained on, and what that does to its time."""

from fractions import Fraction

WAN_FPS = 16
"""What Wan 2.2 14B was trained at and plays at (Wan-Video/Wan2.2, wan/configs, `sample_fps`)."""


def pick(source_frames: int, num_frames: int) -> list[int]:
    """Indices of `num_frames` frames, uniform over a clip of `source_frames`.

    index_i = round(i (N - 1) / (F - 1)), halves to even, as AI Toolkit's shrink_video_to_frames has it;
    a clip shorter than F repeats frames. One frame is the first: the image that I2V starts from.
    """
    if source_frames < 1 or num_frames < 1:
        raise ValueError(f"{num_frames} of {source_frames} frames")
    if num_frames == 1:
        return [0]
    return [round(Fraction(i * (source_frames - 1), num_frames - 1)) for i in range(num_frames)]


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
