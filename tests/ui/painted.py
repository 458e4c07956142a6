"""Clips whose frame number can be read off the picture."""

from pathlib import Path

import numpy as np

from wannb.wan.video_file import write_mp4

BARS = 6  # bits of the frame number, each a bar 16 pixels wide


def painted_clip(path: Path, frames: int, fps: float = 16, height: int = 64) -> Path:
    """Write a clip in which frame n shows the bits of n as white and black bars, the lowest bit on the left."""
    numbers = np.arange(frames)[:, None] >> np.arange(BARS) & 1
    bars = np.repeat((numbers * 255).astype(np.uint8), 16, axis=1)
    pixels = np.broadcast_to(bars[:, None, :, None], (frames, height, BARS * 16, 3))
    write_mp4(path, pixels, fps)
    return path


def number_in(frame: np.ndarray) -> int:
    """frame: uint8 [H, W, 3] or [H, W, 4] of a painted clip, at any scale -> its number."""
    width = frame.shape[1] // BARS
    bits = [frame[:, i * width + width // 4 : (i + 1) * width - width // 4, :3].mean() > 127 for i in range(BARS)]
    return sum(1 << i for i, bit in enumerate(bits) if bit)
