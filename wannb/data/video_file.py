"""Frames to files that browsers play and show."""

import io
import json
from collections.abc import Iterable
from fractions import Fraction
from itertools import chain
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace
from PIL import Image

from wannb.files import replacing, write_atomically
from wannb.refusal import Refusal

SAME_BYTES = {"x264-params": "mbtree=0"}
"""With macroblock-tree rate control x264 coded one 32×32 clip in several ways, 6 times in 150, and without it never."""
BT709 = 1  # the code point of H.273 for primaries, transfer and matrix


def write_mp4(path: str | Path, frames: np.ndarray, fps: float = 16, meta: dict | None = None) -> None:
    """frames: uint8 [F, H, W, 3] -> an H.264 yuv420p mp4 with its index in front; the file appears whole.

    Equal arguments give equal bytes. BT.709 limited range, and tagged so, or players would guess the matrix from the
    size. `meta` is kept as JSON in the container's comment. Raises Refusal for odd widths or heights (yuv420p halves
    both) and for no frames.
    """
    encode(path, _checked(frames), fps, meta)


def encode(path: str | Path, frames: Iterable[np.ndarray], fps: float, meta: dict | None = None) -> None:
    """As `write_mp4`, of frames (uint8 [H, W, 3], at least one, all of one even size) taken one at a time."""
    frames = iter(frames)
    first = next(frames)
    with replacing(path) as temporary:
        with av.open(temporary, "w", format="mp4", options={"movflags": "faststart"}) as container:
            if meta:
                container.metadata["comment"] = json.dumps(meta, ensure_ascii=False)
            stream = container.add_stream("libx264", rate=Fraction(fps).limit_denominator(1001))
            stream.height, stream.width = first.shape[:2]
            stream.pix_fmt = "yuv420p"
            stream.options = {"crf": "16", "preset": "medium", "profile": "high", "threads": "1", **SAME_BYTES}
            _tag(stream.codec_context)
            for pixels in chain([first], frames):
                container.mux(stream.encode(_frame(pixels)))
            container.mux(stream.encode(None))


def write_poster(path: str | Path, frame: np.ndarray) -> None:
    """frame: uint8 [H, W, 3] -> a JPEG; the file appears whole."""
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(frame)).save(buffer, "JPEG", quality=90)
    write_atomically(path, buffer.getvalue())


def read_meta(path: str | Path) -> dict:
    """What `write_mp4` was given as `meta`; empty for a clip without."""
    with av.open(str(path)) as container:
        return json.loads(container.metadata.get("comment") or "{}")


def _checked(frames: np.ndarray) -> np.ndarray:
    frames = np.ascontiguousarray(frames)
    if frames.dtype != np.uint8 or frames.ndim != 4 or frames.shape[3] != 3 or not len(frames):
        raise Refusal(
            f"A clip is written from uint8 frames [F, height, width, 3], not from {frames.dtype} {frames.shape}."
        )
    height, width = frames.shape[1:3]
    if height % 2 or width % 2:
        raise Refusal(f"A clip of {width}×{height} cannot be written as mp4: use an even width and height.")
    return frames


def _frame(pixels: np.ndarray) -> av.VideoFrame:
    frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
    return frame.reformat(
        format="yuv420p",
        src_color_range=ColorRange.JPEG,
        dst_colorspace=Colorspace.ITU709,
        dst_color_range=ColorRange.MPEG,
    )


def _tag(codec: av.VideoCodecContext) -> None:
    codec.color_primaries = codec.color_trc = codec.colorspace = BT709
    codec.color_range = ColorRange.MPEG
