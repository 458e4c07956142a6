"""All figures of one clip."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from wannb.data.figures import colours, light
from wannb.data.figures.flow import flow
from wannb.data.figures.movement import Movement
from wannb.data.figures.sharpness import sharpness
from wannb.data.figures.small import checked, luma, small
from wannb.refusal import Refusal

_FULL_FRAMES, _MANY_PIXELS = 8, 160_000
"""Frames that are read at full size for sharpness and grain, half of them where they are large."""


@dataclass(frozen=True, eq=False)
class Figures:
    """`NAMES` says what each is. None where the clip does not have it: one frame has no motion, a plain one no edges.

    pictures: float32 [F, h, w, 3], the clip made small.  colour: float32 [8, 8, 8], its histogram, sum 1.
    palette: ((R, G, B), % of the pixels), commonest first.  movement: frame by frame.
    """

    motion: float | None
    moving: float | None
    direction: float | None
    coherence: float | None
    turning: float | None
    flicker: float | None
    sharpness: float | None
    grain: float
    texture: float
    brightness: float
    saturation: float
    palette: tuple[tuple[tuple[int, int, int], float], ...]
    colour: np.ndarray = field(repr=False)
    movement: Movement = field(repr=False)
    pictures: np.ndarray = field(repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers for JSON, rounded to what can be read; None where there is none."""
        names = ("motion", "moving", "direction", "coherence", "turning", "flicker", "sharpness", "grain", "texture")
        numbers = {name: getattr(self, name) for name in (*names, "brightness", "saturation")}
        shown = [
            {"colour": "#{:02x}{:02x}{:02x}".format(*rgb), "share": round(share, 1)} for rgb, share in self.palette
        ]
        return {name: None if one is None else round(one, 2) for name, one in numbers.items()} | {"palette": shown}


def figures(frames: np.ndarray, fps: float) -> Figures:
    """frames: uint8 [F, H, W, 3] shown at `fps` -> its figures. Raises Refusal for other arrays and rates."""
    if not fps > 0:
        raise Refusal(f"A clip at {fps} frames a second has no figures: give its rate.")
    pictures = small(checked(frames))
    grey = luma(pictures)
    seen = flow(_telling(pictures, grey))
    movement = Movement.of(seen, fps)
    full = luma(_some(frames))
    speed = movement.mean_speed
    return Figures(
        motion=None if speed is None else 100 * speed,
        moving=100 * float(movement.share[movement.known].mean()) if movement.known.any() else None,
        direction=float(np.degrees(np.angle(movement.mean_way))) if speed else None,
        coherence=movement.coherence,
        turning=movement.turning,
        flicker=light.flicker(grey, seen),
        sharpness=sharpness(full),
        grain=light.grain(full),
        texture=light.texture(grey),
        brightness=float(grey.mean()),
        saturation=colours.saturation(pictures),
        palette=tuple(colours.palette(pictures)),
        colour=colours.histogram(pictures),
        movement=movement,
        pictures=pictures,
    )


def _telling(pictures: np.ndarray, grey: np.ndarray) -> np.ndarray:
    """[F, h, w]: the mixture of red, green and blue in which neighbouring frames differ most: what moves may be as
    bright as its ground."""
    changes = np.diff(pictures, axis=0).reshape(-1, 3)
    spread = changes.T @ changes
    if not spread.any():
        return grey
    axis = np.linalg.eigh(spread.astype(np.float64))[1][:, -1]
    return pictures @ (axis * (1 if axis.sum() >= 0 else -1)).astype(np.float32)


def _some(frames: np.ndarray) -> np.ndarray:
    """A few frames evenly over the clip."""
    count = _FULL_FRAMES if frames.shape[1] * frames.shape[2] < _MANY_PIXELS else _FULL_FRAMES // 2
    return frames[np.unique(np.linspace(0, len(frames) - 1, min(count, len(frames))).round().astype(int))]
