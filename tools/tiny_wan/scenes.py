"""Scenes of the tiny world: what is in a clip, how it moves, and the sentence that says so.

A scene is plain data (numbers and paths over time); `render.py` turns it into pixels. All lengths are in
pixels of a 64x64 frame, angles in radians, time in frames of 33 (2 s at 16 fps).
"""

from dataclasses import dataclass, field

import numpy as np

SIDE, FRAMES = 64, 33
MIDDLE = (SIDE - 1) / 2
COLOURS = {
    "red": (222, 48, 48),
    "orange": (242, 138, 36),
    "yellow": (242, 214, 60),
    "green": (66, 168, 80),
    "teal": (46, 190, 190),
    "blue": (52, 88, 220),
    "purple": (140, 66, 190),
    "pink": (242, 134, 184),
    "brown": (128, 82, 48),
    "gray": (132, 132, 136),
    "white": (240, 240, 240),
    "black": (28, 28, 32),
}
SHAPES = ("circle", "square", "triangle", "diamond", "star", "cross", "ring")
SIZES = {"small": (7.0, 8.5), "": (8.5, 10.5), "big": (10.5, 12.5)}
LOOKS = {
    "": ("",),
    "pastel": ("in pastel colors", "pastel colors"),
    "night": ("at night", "night"),
    "gray": ("in black and white", "black and white"),
}
CONTRAST = 0.45
"""Least RGB distance (0 to 1.73) between an object and its ground, so that every object can be seen."""


@dataclass
class Part:
    """One drawn shape of an object, placed relative to the object's centre in units of its radius."""

    shape: str
    colour: tuple[float, float, float]
    at: tuple[float, float] = (0.0, 0.0)
    size: float = 1.0


@dataclass
class Scene:
    """A clip as data: `x`, `y`, `scale`, `angle`, `fade` are [FRAMES] arrays of the object's centre, size factor,
    rotation and opacity; `colour_to` and `blend` [FRAMES] say what colour it turns to and how far."""

    ground: tuple[float, float, float]
    ground_below: tuple[float, float, float]
    parts: list[Part]
    radius: float
    x: np.ndarray
    y: np.ndarray
    scale: np.ndarray = field(default_factory=lambda: np.ones(FRAMES))
    angle: np.ndarray = field(default_factory=lambda: np.zeros(FRAMES))
    fade: np.ndarray = field(default_factory=lambda: np.ones(FRAMES))
    colour_to: tuple[float, float, float] | None = None
    blend: np.ndarray = field(default_factory=lambda: np.zeros(FRAMES))
    look: str = ""
    look_amount: np.ndarray = field(default_factory=lambda: np.ones(FRAMES))
    caption: str = ""
    words: dict[str, str] = field(default_factory=dict)


def rgb(name: str, rng: np.random.Generator) -> tuple[float, float, float]:
    """A named colour as 0..1 floats, a little different each time."""
    jitter = rng.uniform(-8, 8, 3)
    return tuple(float(c) for c in np.clip((np.array(COLOURS[name]) + jitter) / 255, 0, 1))


def contrasting(name: str, rng: np.random.Generator) -> str:
    """The name of a colour that can be told apart from `name`."""
    there = np.array(COLOURS[name]) / 255
    far = [c for c, v in COLOURS.items() if np.linalg.norm(np.array(v) / 255 - there) > CONTRAST]
    return str(rng.choice(far))


def plain_scene(rng: np.random.Generator, **chosen: str) -> Scene:
    """A still object on a ground; `chosen` fixes any of shape, colour, ground, size, look."""
    words = {
        "shape": chosen.get("shape") or str(rng.choice(SHAPES)),
        "ground": chosen.get("ground") or str(rng.choice(list(COLOURS))),
        "size": chosen["size"] if "size" in chosen else str(rng.choice(list(SIZES))),
        "look": chosen["look"] if "look" in chosen else str(rng.choice(list(LOOKS), p=[0.7, 0.1, 0.1, 0.1])),
    }
    words["colour"] = chosen.get("colour") or contrasting(words["ground"], rng)
    ground = rgb(words["ground"], rng)
    shade = float(rng.uniform(0.72, 0.92)) if rng.random() < 0.4 else 1.0
    radius = float(rng.uniform(*SIZES[words["size"]]))
    x, y = rng.uniform(radius + 3, SIDE - radius - 3, 2)
    return Scene(
        ground=ground,
        ground_below=tuple(c * shade for c in ground),
        parts=[Part(words["shape"], rgb(words["colour"], rng))],
        radius=radius,
        x=np.full(FRAMES, x),
        y=np.full(FRAMES, y),
        look=words["look"],
        words=words,
    )


def inside_frame(scene: Scene, margin: float = 2.0) -> bool:
    """Whether the object stays wholly in the picture."""
    reach = scene.radius * scene.scale + margin
    low = min((scene.x - reach).min(), (scene.y - reach).min())
    high = max((scene.x + reach).max(), (scene.y + reach).max())
    return bool(low >= 0 and high <= SIDE)
