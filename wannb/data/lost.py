"""What is lost on the way from a clip to what is trained: border, size, frames."""

from collections.abc import Iterable


def cropped(width: int, height: int, size: tuple[int, int]) -> float:
    """Share of the source's area outside the centre that a bucket (W, H) shows."""
    scale = scaled(width, height, size)
    return max(0.0, 1 - size[0] * size[1] / (scale * width * scale * height))


def scaled(width: int, height: int, size: tuple[int, int]) -> float:
    """Trained pixels a source pixel, along a side; 1 is unscaled."""
    return max(size[0] / width, size[1] / height)


def used(windows: Iterable[Iterable[int]], source_frames: int) -> float:
    """Share of the source's frames that any of `windows` takes."""
    return len({index for window in windows for index in window}) / source_frames
