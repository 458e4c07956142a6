"""Clips of a disc and its moon, and ways to write them."""

import struct
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image

from wannb.data.video_file import SAME_BYTES

SIDE, FRAMES, RATE = 96, 33, 16
Frames = np.ndarray
"""uint8 [F, H, W, 3]"""


def orbit(seed: int, frames: int = FRAMES, width: int = SIDE, height: int = SIDE, turn: float = 1.0) -> Frames:
    """A disc and its smaller moon going once (`turn` times) around a picture of soft patches, other for each seed."""
    rng = np.random.default_rng(seed)
    ground = _patches(rng, width, height)
    colours = rng.choice([20, 90, 170, 240], (2, 3), replace=True).astype(float)
    colours[0, rng.integers(3)] = 255 - colours[0].min()
    angle = rng.uniform(0, 2 * np.pi) + np.arange(frames) * turn * 2 * np.pi / FRAMES
    x, y = width / 2 + 0.27 * width * np.cos(angle), height / 2 + 0.27 * height * np.sin(angle)
    video = np.repeat(ground[None], frames, 0)
    side = min(width, height)
    for i in range(frames):
        video[i] = _disc(video[i], x[i], y[i], 0.16 * side, colours[0])
        video[i] = _disc(video[i], width - x[i], height - y[i], 0.08 * side, colours[1])
    return video.clip(0, 255).astype(np.uint8)


def _patches(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    """float [H, W, 3]: a picture of 4 by 4 colours that melt into one another."""
    small = rng.integers(50, 230, (4, 4, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)).astype(float)


def _disc(picture: np.ndarray, x: float, y: float, radius: float, colour: np.ndarray) -> np.ndarray:
    rows, columns = np.mgrid[: picture.shape[0], : picture.shape[1]]
    cover = (radius - np.hypot(columns - x, rows - y) + 0.5).clip(0, 1)[..., None]
    return picture + (colour - picture) * cover


def encode(
    path: Path,
    videos: Frames | list[Frames],
    codec: str = "libx264",
    times: list[int] | None = None,
    pix_fmt: str = "yuv420p",
    settle: Callable[[av.VideoCodecContext], None] = lambda context: None,
    **options: str,
) -> None:
    """Write `videos`, each a stream of the file, at 16 fps or at `times` (ms); equal arguments give equal bytes."""
    if codec == "libx264":
        options = {**SAME_BYTES, **options}
    videos = videos if isinstance(videos, list) else [videos]
    beat = Fraction(1, 1000) if times else Fraction(1, RATE)
    with av.open(str(path), "w", options={"fflags": "+bitexact"}) as file:
        streams = []
        for video in videos:
            stream = file.add_stream(codec, rate=RATE, options={"threads": "1", **options})
            stream.height, stream.width, stream.pix_fmt = *video.shape[1:3], pix_fmt
            stream.codec_context.time_base = beat
            settle(stream.codec_context)
            streams.append(stream)
        for i in range(len(videos[0])):
            for stream, video in zip(streams, videos, strict=True):
                frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(video[i]), format="rgb24")
                frame = frame.reformat(format=pix_fmt)
                frame.pts, frame.time_base = (times[i] if times else i), beat
                file.mux(stream.encode(frame))
        for stream in streams:
            file.mux(stream.encode())


def held(video: Frames, frame: int, count: int) -> Frames:
    """`count` times one frame."""
    return np.repeat(video[[frame]], count, 0)


def turn(path: Path) -> None:
    """Write into the first track of an mp4 that it is to be shown turned clockwise."""
    data = bytearray(path.read_bytes())
    at = data.find(b"tkhd") + 4 + 4 + 20 + 16
    data[at : at + 36] = struct.pack(">9i", 0, 1 << 16, 0, -1 << 16, 0, 0, 0, 0, 1 << 30)
    path.write_bytes(data)
