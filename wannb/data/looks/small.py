"""Pictures made small: what of a frame the looks are taken of."""

from functools import lru_cache

import av
import numpy as np
from av.video.reformatter import VideoReformatter

from wannb.data.decoding import oriented

SIDE, TINT = 16, 8
"""Cells a side of the tiniest pictures, of brightness and of colour."""
WIDEST = 96
"""Pixels of the longer side."""


Matrix = tuple[int, int, int, int]


def shrunk(frame: av.VideoFrame, matrix: Matrix, scaler: VideoReformatter) -> np.ndarray:
    """uint8 [3, h, w]: Y, Cb, Cr in full range, upright, at most 96 pixels a side, each the mean of what it covers."""
    scale = min(1.0, WIDEST / max(frame.width, frame.height))
    width, height = max(1, round(frame.width * scale)), max(1, round(frame.height * scale))
    made = scaler.reformat(frame, width, height, "yuvj444p", interpolation="AREA")
    return np.stack([oriented(_pixels(plane), matrix) for plane in made.planes])


def brightest(frame: av.VideoFrame, matrix: Matrix, scaler: VideoReformatter) -> np.ndarray:
    """uint8 [H, W]: the largest of red, green and blue of each pixel, upright, in full size."""
    planes = [_pixels(plane) for plane in scaler.reformat(frame, format="gbrp").planes]
    return oriented(np.maximum(np.maximum(*planes[:2]), planes[2]), matrix)


def cells(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What a signature keeps of Y, Cb, Cr [3, h, w]: brightness uint8 [16, 16] and colour uint8 [2, 8, 8]."""
    luma = _area(picture[0], SIDE)
    tint = np.stack([_area(plane, TINT) for plane in picture[1:]])
    return luma, tint


def _pixels(plane: av.video.plane.VideoPlane) -> np.ndarray:
    """uint8 [H, W] of a plane of bytes, whose lines are padded."""
    return np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]


def _area(plane: np.ndarray, side: int) -> np.ndarray:
    rows, columns = _weights(plane.shape[0], side), _weights(plane.shape[1], side)
    return np.rint(rows @ plane.astype(np.float32) @ columns.T).astype(np.uint8)


@lru_cache(maxsize=64)
def _weights(length: int, side: int) -> np.ndarray:
    """[side, length]: how much of each pixel lies in each cell; rows sum to 1."""
    edges = np.linspace(0, length, side + 1)
    pixels = np.arange(length)
    share = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    share = np.clip(share, 0, None)
    return (share / share.sum(1, keepdims=True)).astype(np.float32)
