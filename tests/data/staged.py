"""Clips with a known truth: textured scenes, moved by a camera, lit, barred and cut."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image

SIZE = (192, 128)


def scene(seed: int, size: tuple[int, int] = (768, 256)) -> np.ndarray:
    """uint8 [H, W, 3]: coarse and fine blotches, and some hard-edged boxes; every seed another one."""
    random = np.random.default_rng(seed)
    image = np.zeros((size[1], size[0], 3), np.float32)
    for cells, weight in ((3, 70), (8, 40), (30, 20)):
        small = random.normal(0, 1, (cells, cells * 3, 3)).astype(np.float32)
        planes = [Image.fromarray(small[..., c]).resize(size, Image.BICUBIC) for c in range(3)]
        image += weight * np.stack([np.asarray(plane) for plane in planes], axis=2)
    image += 120
    for _ in range(24):
        x, y = random.integers(0, size[0] - 60), random.integers(0, size[1] - 40)
        image[y : y + random.integers(10, 40), x : x + random.integers(10, 60)] = random.integers(20, 235, 3)
    return image.clip(0, 255).astype(np.uint8)


def camera(seed: int, at: list[float], size: tuple[int, int] = SIZE) -> list[np.ndarray]:
    """What a camera sees of `scene(seed)` whose left edge is at each of `at` (pixels)."""
    image, (width, height) = scene(seed), size
    return [image[40 : 40 + height, round(x) : round(x) + width] for x in at]


def pan(seed: int, count: int, step: float = 3.0, start: float = 0.0) -> list[np.ndarray]:
    return camera(seed, [start + step * i for i in range(count)])


def scaled(frames: list[np.ndarray], size: tuple[int, int]) -> list[np.ndarray]:
    return [np.asarray(Image.fromarray(frame).resize(size, Image.BICUBIC)) for frame in frames]


def lit(frames: list[np.ndarray], gain: float = 1.0, offset: float = 0.0) -> list[np.ndarray]:
    return [(frame * gain + offset).clip(0, 255).astype(np.uint8) for frame in frames]


def noisy(frames: list[np.ndarray], amount: float) -> list[np.ndarray]:
    random = np.random.default_rng(0)
    return [(frame + random.normal(0, amount, frame.shape)).clip(0, 255).astype(np.uint8) for frame in frames]


def barred(frames: list[np.ndarray], box: tuple[int, int, int, int], level: int = 0) -> list[np.ndarray]:
    """The frames scaled into `box` (x0, y0, x1, y1) of a picture of their size, the rest at `level`."""
    x0, y0, x1, y1 = box
    made = []
    for frame, inside in zip(frames, scaled(frames, (x1 - x0, y1 - y0)), strict=True):
        made.append(np.full_like(frame, level))
        made[-1][y0:y1, x0:x1] = inside
    return made


def faded(frames: list[np.ndarray], into: list[np.ndarray]) -> list[np.ndarray]:
    shares = np.linspace(0, 1, len(frames) + 2)[1:-1]
    return [(a * (1 - s) + b * s).astype(np.uint8) for a, b, s in zip(frames, into, shares, strict=True)]


def black(count: int, size: tuple[int, int] = SIZE) -> list[np.ndarray]:
    return [np.zeros((size[1], size[0], 3), np.uint8)] * count


def write(path: Path, frames: list[np.ndarray], rate: int = 16, crf: int = 23) -> Path:
    """Encode uint8 [H, W, 3] frames as H.264."""
    options = {"crf": str(crf), "preset": "veryfast", "threads": "1"}  # which gives the same bytes each time
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=rate, options=options)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        for number, pixels in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, rate)
            file.mux(stream.encode(frame))
        file.mux(stream.encode())
    return path
