"""How objects of the tiny world move: one function a motion, each writing the paths of a scene.

`BASE` are the motions that the tiny Wan is trained on; `HELD_OUT` are kept for LoRAs to teach it.
A motion may leave the frame on the way; `moved` draws again until it does not (save for those that enter or leave).
"""

from collections.abc import Callable

import numpy as np
from scenes import FRAMES, MIDDLE, SIDE, Scene, inside_frame, rgb

TIME = np.linspace(0.0, 1.0, FRAMES)
Rng = np.random.Generator
Motion = Callable[[Scene, Rng], None]


def still(scene: Scene, rng: Rng) -> None:
    """Nothing moves."""


def straight(dx: float, dy: float) -> Motion:
    """Move evenly along (dx, dy), a unit step, by 18 to 34 pixels."""

    def motion(scene: Scene, rng: Rng) -> None:
        way = rng.uniform(18, 34) * TIME
        scene.x = scene.x + dx * way
        scene.y = scene.y + dy * way

    return motion


def bounce(scene: Scene, rng: Rng) -> None:
    scene.y = scene.y - rng.uniform(12, 22) * np.abs(np.sin(2 * np.pi * TIME))


def sway(scene: Scene, rng: Rng) -> None:
    scene.x = scene.x + rng.choice([-1, 1]) * rng.uniform(9, 16) * np.sin(3 * np.pi * TIME)


def jump(scene: Scene, rng: Rng) -> None:
    scene.y = scene.y - rng.uniform(16, 28) * 4 * TIME * (1 - TIME)


def zigzag(scene: Scene, rng: Rng) -> None:
    scene.x = scene.x + rng.choice([-1, 1]) * rng.uniform(24, 34) * TIME
    scene.y = scene.y + rng.uniform(5, 9) * (2 * np.abs((3 * TIME) % 2 - 1) - 1)


def grow(scene: Scene, rng: Rng) -> None:
    scene.scale = 0.6 + rng.uniform(0.7, 0.95) * TIME


def shrink(scene: Scene, rng: Rng) -> None:
    scene.scale = 1.4 - rng.uniform(0.7, 0.9) * TIME


def pulse(scene: Scene, rng: Rng) -> None:
    scene.scale = 1 + rng.uniform(0.25, 0.4) * np.sin(4 * np.pi * TIME)


def spin(scene: Scene, rng: Rng) -> None:
    scene.angle = 2 * np.pi * TIME


def fade_out(scene: Scene, rng: Rng) -> None:
    scene.fade = np.clip(1.15 - 1.3 * TIME, 0, 1)


def pop_up(scene: Scene, rng: Rng) -> None:
    scene.scale = np.clip((TIME * FRAMES - 1) / rng.uniform(7, 11), 0, 1)


def slide_in(side: int) -> Motion:
    """Come in from the left (-1) or the right (+1), then rest."""

    def motion(scene: Scene, rng: Rng) -> None:
        outside = -scene.radius - 3 if side < 0 else SIDE + scene.radius + 3
        way = np.clip(TIME / rng.uniform(0.55, 0.75), 0, 1)
        scene.x = outside + (scene.x - outside) * way

    return motion


def around(scene: Scene, rng: Rng, sweep: float, radius: tuple[float, float], start: float | None = None) -> None:
    """Go along a circle about the middle of the frame by `sweep` radians (clockwise on screen where positive)."""
    rho, somewhere = rng.uniform(*radius), rng.uniform(0, 2 * np.pi)
    start = somewhere if start is None else start
    cx, cy = MIDDLE + rng.uniform(-1, 1, 2)
    scene.x = cx + rho * np.cos(start + sweep * TIME)
    scene.y = cy + rho * np.sin(start + sweep * TIME)


def arc(direction: int) -> Motion:
    """A short arc about the middle of the frame: 35 to 65 degrees."""

    def motion(scene: Scene, rng: Rng) -> None:
        around(scene, rng, direction * np.radians(rng.uniform(35, 65)), (9, 17))

    return motion


def turn_colour(scene: Scene, rng: Rng) -> None:
    scene.colour_to = rgb(scene.words["colour_to"], rng)
    scene.blend = np.clip((TIME - 0.25) * 2, 0, 1)


def orbit(scene: Scene, rng: Rng) -> None:
    """One whole turn about the middle of the frame, clockwise on screen."""
    around(scene, rng, 2 * np.pi, (12, 17))


def spiral(scene: Scene, rng: Rng) -> None:
    """Turn once and a half about the middle, outwards."""
    rho, start = 3 + rng.uniform(10, 13) * TIME, rng.uniform(0, 2 * np.pi)
    scene.x = MIDDLE + rho * np.cos(start + 3 * np.pi * TIME)
    scene.y = MIDDLE + rho * np.sin(start + 3 * np.pi * TIME)


BASE: dict[str, tuple[Motion, tuple[str, ...]]] = {
    "still": (still, ("stays still", "does not move", "rests", "")),
    "left": (straight(-1, 0), ("moves left", "moves to the left", "glides left", "drifts to the left")),
    "right": (straight(1, 0), ("moves right", "moves to the right", "glides right", "drifts to the right")),
    "up": (straight(0, -1), ("moves up", "rises", "glides up")),
    "down": (straight(0, 1), ("moves down", "falls", "glides down", "sinks")),
    "upper left": (straight(-0.7, -0.7), ("moves to the upper left",)),
    "upper right": (straight(0.7, -0.7), ("moves to the upper right",)),
    "lower left": (straight(-0.7, 0.7), ("moves to the lower left",)),
    "lower right": (straight(0.7, 0.7), ("moves to the lower right",)),
    "bounce": (bounce, ("bounces", "bounces up and down")),
    "sway": (sway, ("sways", "sways from side to side")),
    "jump": (jump, ("jumps", "jumps once")),
    "zigzag": (zigzag, ("zigzags",)),
    "grow": (grow, ("grows", "gets bigger")),
    "shrink": (shrink, ("shrinks", "gets smaller")),
    "pulse": (pulse, ("pulses", "throbs")),
    "spin": (spin, ("spins in place", "rotates")),
    "fade": (fade_out, ("fades away", "vanishes")),
    "pop": (pop_up, ("pops up", "appears")),
    "from left": (slide_in(-1), ("comes in from the left", "enters from the left")),
    "from right": (slide_in(1), ("comes in from the right", "enters from the right")),
    "clockwise": (arc(1), ("swings clockwise", "arcs clockwise")),
    "counterclockwise": (arc(-1), ("swings counterclockwise", "arcs counterclockwise")),
    "turn colour": (turn_colour, ("turns {colour_to}", "becomes {colour_to}")),
}
HELD_OUT: dict[str, tuple[Motion, tuple[str, ...]]] = {
    "orbit": (orbit, ("orbits", "orbits around the middle")),
    "spiral": (spiral, ("spirals",)),
}
_LEAVES = {"from left", "from right"}
_ROUND = {"circle", "ring"}


def moved(scene: Scene, name: str, rng: Rng) -> bool:
    """Give `scene` the motion `name`; False where no try of 40 kept it in the frame."""
    if name == "spin" and scene.parts[0].shape in _ROUND:
        return False
    motion = (BASE | HELD_OUT)[name][0]
    for _ in range(40):
        margin = scene.radius + 3
        scene.x = np.full(FRAMES, rng.uniform(margin, SIDE - margin))
        scene.y = np.full(FRAMES, rng.uniform(margin, SIDE - margin))
        motion(scene, rng)
        if name in _LEAVES or inside_frame(scene):
            return True
    return False
