"""Scenes by the thousand: the world that the tiny Wan learns, and the wider one that its VAE sees."""

import numpy as np
from captions import caption
from motions import BASE, HELD_OUT, moved
from scenes import COLOURS, LOOKS, SHAPES, Part, Scene, contrasting, plain_scene, rgb

_WEIGHTS = {"still": 4.0, "clockwise": 2.0, "counterclockwise": 2.0, "pop": 1.5}


def base_scene(rng: np.random.Generator) -> Scene:
    """A scene of the base world with its caption; `words` holds what the caption says."""
    names = list(BASE)
    weights = np.array([_WEIGHTS.get(n, 1.0) for n in names])
    while True:
        scene = plain_scene(rng)
        motion = str(rng.choice(names, p=weights / weights.sum()))
        if motion == "turn colour":
            scene.words["colour_to"] = contrasting(scene.words["ground"], rng)
        if moved(scene, motion, rng):
            scene.words["motion"] = motion
            scene.caption = caption(scene, motion, rng)
            return scene


def wide_scene(rng: np.random.Generator) -> Scene:
    """Anything the VAE may meet: every motion, held-out ones too, several parts, any colour and any two-tone look."""
    while True:
        scene = plain_scene(rng, look=str(rng.choice([*LOOKS, "duotone"])))
        motion = str(rng.choice([*BASE, *HELD_OUT, "orbit", "orbit"]))
        scene.words["colour_to"] = str(rng.choice(list(COLOURS)))
        if rng.random() < 0.2:
            scene.ground = tuple(rng.uniform(0, 1, 3))
            scene.ground_below = tuple(rng.uniform(0, 1, 3)) if rng.random() < 0.3 else scene.ground
        if rng.random() < 0.25:
            scene.parts += [_detail(rng) for _ in range(rng.integers(1, 5))]
        if moved(scene, motion, rng):
            if rng.random() < 0.15:
                scene.look_amount = np.clip(np.linspace(0, 1, scene.x.size) * rng.uniform(1, 8), 0, 1)
            return scene


def _detail(rng: np.random.Generator) -> Part:
    name = str(rng.choice(list(COLOURS)))
    return Part(
        str(rng.choice(SHAPES)), rgb(name, rng), tuple(rng.uniform(-0.9, 0.9, 2)), float(rng.uniform(0.22, 0.7))
    )
