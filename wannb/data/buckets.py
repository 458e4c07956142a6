"""The size that a clip is trained at."""

from itertools import product

STEP = 16
"""Pixels: the VAE takes 8 to one latent, the transformer 2 latents to one token."""


def bucket(width: int, height: int, resolution: int) -> tuple[int, int]:
    """The (W, H) for a source of `width` x `height` pixels: multiples of 16, never larger than the source.

    AI Toolkit's rule: the aspect is kept, the area aims at min(width height, resolution²), and of the floor and ceil
    of both sides within resolution² the one nearest that area is taken (ties: nearest the aspect).
    Raises ValueError for a source with a side under 16.
    """
    if min(width, height, resolution) < STEP:
        raise ValueError(f"{width}x{height} at {resolution} is under {STEP} pixels")
    limit = resolution * resolution
    area = min(width * height, limit)
    scale = (area / (width * height)) ** 0.5
    sizes = [
        (w, h) for w, h in product(_around(width * scale, width), _around(height * scale, height)) if w * h <= limit
    ]
    if not sizes:
        return _sliver(width, height, limit)
    return min(sizes, key=lambda size: (abs(size[0] * size[1] - area), abs(size[0] * height - size[1] * width)))


def _around(side: float, source: int) -> set[int]:
    """Multiples of 16 below and above `side`, at least 16, at most the source."""
    steps = int(side / STEP + 1e-9)
    exact = abs(side / STEP - round(side / STEP)) < 1e-9
    found = {round(side / STEP)} if exact else {steps, steps + 1}
    most = source // STEP
    return {min(max(n, 1), most) * STEP for n in found}


def _sliver(width: int, height: int, limit: int) -> tuple[int, int]:
    """So long and thin that its short side falls below 16: that side is 16, the other what the area allows."""
    long = max(STEP, min(limit // STEP, max(width, height)) // STEP * STEP)
    return (long, STEP) if width >= height else (STEP, long)
