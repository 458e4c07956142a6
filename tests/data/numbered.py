"""Clips with their frame number painted in eight bars, low bit at the left, and ways to spoil them."""

import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image


def painted(number: int, width: int = 128, height: int = 96) -> np.ndarray:
    """uint8 [H, W, 3]: bright bars are set bits; the top rows are reddish so that up is known."""
    bars = [(number >> bit) & 1 for bit in range(8)]
    row = np.repeat([220 if bar else 30 for bar in bars], width // 8)
    frame = np.repeat(np.repeat(row[None, :, None], height, 0), 3, 2).astype(np.uint8)
    frame[: height // 4] = (200, 40, 40)
    return frame


def number_of(frame: np.ndarray) -> int:
    """The number painted on an upright frame of any size."""
    height, width = frame.shape[:2]
    row = frame[height * 5 // 8].mean(-1)
    return sum(int(row[bit * width // 8 + width // 16] > 125) << bit for bit in range(8))


def write(
    path: Path,
    codec: str = "libx264",
    count: int = 40,
    size: tuple[int, int] = (128, 96),
    rate: int = 16,
    pix_fmt: str = "yuv420p",
    times: list[int] | None = None,
    container: str | None = None,
    faststart: bool = False,
    start: int = 0,
    **options: str,
) -> Path:
    """Encode `count` painted frames; `times` are milliseconds for an uneven rate.

    A mp4 that starts at a negative frame hides what comes before 0, as one trimmed without encoding does.
    """
    beat = Fraction(1, 1000) if times else Fraction(1, rate)
    flags = {"movflags": "faststart"} if faststart else {}
    with av.open(str(path), "w", format=container, options=flags) as file:
        stream = file.add_stream(codec, rate=rate, options=options)
        stream.width, stream.height, stream.pix_fmt = *size, pix_fmt
        stream.codec_context.time_base = beat
        for number in range(count):
            frame = av.VideoFrame.from_ndarray(painted(number, *size), format="rgb24").reformat(format=pix_fmt)
            frame.pts, frame.time_base = (times[number] if times else number + start), beat
            file.mux(stream.encode(frame))
        file.mux(stream.encode())
    return path


def four(home: Path) -> Path:
    """A folder of three clips (64, 30 and, upright in a sub-folder, 64 frames at 16 fps), an image and a caption."""
    (home / "sub").mkdir(parents=True)
    write(home / "a.mp4", count=64)
    write(home / "sub" / "b.mp4", count=64, size=(96, 128))
    write(home / "c.mp4", count=30)
    Image.fromarray(painted(3)).save(home / "still.png")
    (home / "a.txt").write_text("a ball turns")
    return home


def turn(path: Path, degrees_clockwise: int, mirrored: bool = False) -> Path:
    """Write a display matrix into the first track of an mp4, as a phone does."""
    a, b, c, d = {0: (1, 0, 0, 1), 90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}[degrees_clockwise]
    if mirrored:
        a, c = -a, -c
    data = bytearray(path.read_bytes())
    at = data.find(b"tkhd") + 4 + 4 + 20 + 16
    data[at : at + 36] = struct.pack(">9i", a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30)
    path.write_bytes(data)
    return path


def cut(path: Path, share: float) -> Path:
    """Keep the first `share` of the file's bytes."""
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path
