"""Base against LoRA as one moving picture that a web page shows by itself, small enough to be loaded at once."""

from pathlib import Path

import numpy as np
from PIL import Image

from wannb.data.video import probe, read_frames
from wannb.files import replacing

TALL, GAP = 224, 6  # pixels: the height of either side, and the white between them
QUALITY = 70  # of WebP, 0..100


def write(target: Path, base: Path, lora: Path, fps: float) -> None:
    """Write the clips `base` (left) and `lora` (right) as an animated WebP, and a poster (.jpg) of their middle beside
    it. The shorter one waits on its last frame."""
    left, right = _pictures(base), _pictures(lora)
    frames = [
        _beside(left[min(i, len(left) - 1)], right[min(i, len(right) - 1)]) for i in range(max(len(left), len(right)))
    ]
    with replacing(target) as temporary:
        frames[0].save(
            temporary,
            "WEBP",
            save_all=True,
            append_images=frames[1:],
            duration=round(1000 / fps),
            loop=0,
            quality=QUALITY,
        )
    with replacing(target.with_suffix(".jpg")) as temporary:
        frames[len(frames) // 2].save(temporary, "JPEG", quality=85)


def _pictures(clip: Path) -> list[Image.Image]:
    """Frames at most TALL pixels high; small ones are made larger by whole numbers, so that they stay sharp."""
    frames = read_frames(clip, range(probe(clip).frames))
    return [_sized(frame) for frame in frames]


def _sized(frame: np.ndarray) -> Image.Image:
    height, width = frame.shape[:2]
    if height <= TALL // 2:
        times = TALL // height
        return Image.fromarray(frame).resize((width * times, height * times), Image.Resampling.NEAREST)
    scale = min(1.0, TALL / height)
    return Image.fromarray(frame).resize((round(width * scale), round(height * scale)), Image.Resampling.BICUBIC)


def _beside(left: Image.Image, right: Image.Image) -> Image.Image:
    paper = Image.new("RGB", (left.width + GAP + right.width, max(left.height, right.height)), "white")
    paper.paste(left, (0, 0))
    paper.paste(right, (left.width + GAP, 0))
    return paper
