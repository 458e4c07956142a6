"""PyAV: the reference decoder. Opens only plain media files, yields frames in order of showing, upright, as RGB."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import numpy as np

_CONTAINERS = "mov,mp4,matroska,webm,avi,asf,flv,mpegts,mpeg"
"""Playlists (hls, concat, dash …) stay out: one named .mp4 could name other files or addresses."""
_BT601, _OTHERS = 5, (1, 9)
"""Colour matrices (ITU-T H.273): BT.709 is 1, BT.2020 is 9."""
_FULL_RANGE = 2


class Tape:
    """One opened video: `frames()` yields what decodes, in order, and leaves in `fault` what ended it early, and in
    `leading` whether a frame is shown before the key frame that it is stored after (an open group of pictures)."""

    def __init__(self, container: av.container.InputContainer) -> None:
        self.container = container
        self.videos = [s for s in container.streams.video if not s.disposition & s.disposition.attached_pic]
        self.stream = container.streams.best("video") if self.videos else None
        self.fault = ""
        self.leading = False

    def frames(self) -> Iterator[av.VideoFrame]:
        """Yield frames up to the end or the first fault; what the decoder still held back then comes out too."""
        key = None
        try:
            for packet in self.container.demux(self.stream):
                if packet.pts is not None:
                    key = packet.pts if packet.is_keyframe else key
                    self.leading |= key is not None and packet.pts < key
                yield from packet.decode()
        except (av.FFmpegError, ValueError) as error:
            self.fault = _reason(error)
            yield from self._held_back()

    def _held_back(self) -> list[av.VideoFrame]:
        try:
            return self.stream.codec_context.decode(None)
        except (av.FFmpegError, ValueError):
            return []


@contextmanager
def opened(path: str | Path) -> Iterator[Tape]:
    """Open a local file; raises av.FFmpegError where it is no media file of a known kind."""
    options = {"format_whitelist": _CONTAINERS, "protocol_whitelist": "file"}
    with av.open(f"file:{path}", container_options=options, metadata_errors="replace") as container:
        yield Tape(container)


def upright(frame: av.VideoFrame, size: tuple[int, int]) -> np.ndarray:
    """uint8 [H, W, 3] as a player shows it; `size` is the (W, H) as stored that every frame of the clip gets."""
    # Without being told, swscale takes every matrix for BT.601; decord's cannot be told.
    colours = {"src_colorspace": frame.colorspace, "dst_colorspace": _BT601} if frame.colorspace in _OTHERS else {}
    pixels = frame.to_ndarray(format="rgb24", width=size[0], height=size[1], **colours)
    return oriented(pixels, display_matrix(frame))


def plain_colours(frame: av.VideoFrame) -> bool:
    """Whether the pixels are 8-bit 4:2:0 in BT.601 (or untold) and narrow range."""
    return frame.format.name == "yuv420p" and frame.colorspace not in _OTHERS and frame.color_range != _FULL_RANGE


def oriented(pixels: np.ndarray, matrix: tuple[int, int, int, int]) -> np.ndarray:
    """Apply the signs (a, b, c, d) of a display matrix: x' = a x + c y, y' = b x + d y."""
    a, b, c, d = matrix
    turned = a == 0
    if turned:
        pixels = pixels.swapaxes(0, 1)
    if (c if turned else a) < 0:
        pixels = pixels[:, ::-1]
    if (b if turned else d) < 0:
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)


def display_matrix(frame: av.VideoFrame) -> tuple[int, int, int, int]:
    """Signs of the frame's display matrix, rounded to quarter turns; the identity where it has none."""
    data = next((d for d in frame.side_data if d.type.name == "DISPLAYMATRIX"), None)
    if data is None:
        return 1, 0, 0, 1
    cells = np.frombuffer(bytes(data), dtype=np.int32, count=9).reshape(3, 3)[:2, :2].astype(float)
    if abs(cells[0, 0]) >= abs(cells[0, 1]):
        cells[0, 1] = cells[1, 0] = 0
    else:
        cells[0, 0] = cells[1, 1] = 0
    return tuple(int(s) for s in np.sign(cells).ravel())


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
