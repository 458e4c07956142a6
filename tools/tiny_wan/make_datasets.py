"""Make the bundled clip sets: `python tools/tiny_wan/make_datasets.py datasets` (needs wannb installed).

orbit (motion), duotone (style) and frung (character) are what the tiny Wan was never shown. Each folder holds clips
with captions and, in `_held_out/`, first frames with prompts that are in no clip: what LoRAs are judged on.
"""

import argparse
from pathlib import Path

import numpy as np
from captions import tidy
from motions import BASE, around, moved
from PIL import Image
from render import render
from scenes import COLOURS, FRAMES, SHAPES, SIZES, Part, Scene, contrasting, inside_frame, plain_scene

from wannb.data.video_file import write_mp4

Rng = np.random.Generator
HELD_OUT = 8
HELD_OUT_ORBITS = [  # shape, colour, ground, size
    ("circle", "yellow", "blue", ""),
    ("square", "white", "red", ""),
    ("star", "blue", "white", "big"),
    ("triangle", "orange", "teal", "big"),
    ("diamond", "red", "yellow", ""),
    ("cross", "pink", "black", "big"),
    ("ring", "green", "purple", "big"),
    ("circle", "black", "green", "small"),
]
FRUNG = [Part("circle", (0.94, 0.52, 0.10)), Part("triangle", (0.12, 0.25, 0.85), (0.0, -0.95), 0.75)]
"""The character: an orange body under a pointed blue hat."""


def orbits(rng: Rng) -> list[Scene]:
    """Thirty orbits that begin all around the circle, so that a LoRA learns to turn and not twelve paths by heart."""
    looks = [_unlike(HELD_OUT_ORBITS, SHAPES[i % len(SHAPES)], rng) for i in range(TRAINED["orbit"])] + HELD_OUT_ORBITS
    starts = rng.permutation(TRAINED["orbit"]) * 2 * np.pi / TRAINED["orbit"]
    starts = np.concatenate([starts, rng.uniform(0, 2 * np.pi, HELD_OUT)])
    scenes = []
    for (shape, colour, ground, size), start in zip(looks, starts, strict=True):
        scene = plain_scene(rng, shape=shape, colour=colour, ground=ground, size=size, look="")
        around(scene, rng, 2 * np.pi, (9, 17), start)
        assert inside_frame(scene, margin=1.0)
        scene.caption = tidy(f"a {size} {colour} {shape} orbits on a {ground} background")
        scenes.append(scene)
    return scenes


def _unlike(held_out: list[tuple], shape: str, rng: Rng) -> tuple[str, str, str, str]:
    """A random look of `shape` that no held-out scene has, whatever its size."""
    while True:
        ground = str(rng.choice(list(COLOURS)))
        colour = contrasting(ground, rng)
        if (shape, colour, ground) not in [look[:3] for look in held_out]:
            return shape, colour, ground, str(rng.choice(list(SIZES)))


def duotones(rng: Rng) -> list[Scene]:
    """Ordinary clips that melt within half a second into deep purple and gold."""
    scenes, names = [], [n for n in BASE if n not in ("still", "turn colour", "fade", "pop", "from left", "from right")]
    grounds = ["white", "blue", "green", "red", "yellow", "teal", "black", "pink", "gray", "orange", "brown", "purple"]
    while len(scenes) < TRAINED["duotone"] + HELD_OUT:
        scene = plain_scene(rng, look="", ground=grounds[len(scenes) % 12])
        motion = names[int(rng.integers(len(names)))]
        if moved(scene, motion, rng):
            scene.look, scene.look_amount = "duotone", np.clip(np.arange(FRAMES) / 8, 0, 1)
            words = scene.words
            wording = BASE[motion][1][0]
            scene.caption = tidy(
                f"duotone style, a {words['size']} {words['colour']} {words['shape']} {wording} "
                f"on a {words['ground']} background"
            )
            scenes.append(scene)
    return scenes


def frungs(rng: Rng) -> list[Scene]:
    """The character comes onto an empty ground: first frames that do not show it."""
    scenes, grounds = [], ["white", "green", "pink", "teal", "yellow", "gray", "purple", "black", "red", "brown"]
    ways = [("pop", "pops up"), ("from left", "comes in from the left"), ("from right", "comes in from the right")]
    for i in range(TRAINED["frung"] + HELD_OUT):
        ground = grounds[i % len(grounds)]
        motion, wording = ways[(i + i // 10) % 3]
        scene = plain_scene(rng, shape="circle", colour="orange", ground=ground, size="big", look="")
        scene.radius, scene.parts = float(rng.uniform(9.5, 11)), FRUNG
        assert moved(scene, motion, rng)
        scene.y = np.clip(scene.y, 22, 50)
        scene.caption = f"frung {wording} on a {ground} background"
        scenes.append(scene)
    return scenes


SETS = {"orbit": orbits, "duotone": duotones, "frung": frungs}
TRAINED = {"orbit": 30, "duotone": 24, "frung": 20}
"""Scenes of a set that become clips; those after them give first frames and prompts that no training sees."""


def write(folder: Path, name: str, scenes: list[Scene]) -> None:
    videos = render(scenes).numpy()
    for i, (scene, video) in enumerate(zip(scenes, videos, strict=True)):
        if i < TRAINED[name]:
            write_mp4(folder / f"{name}_{i:02d}.mp4", video, fps=16)
            (folder / f"{name}_{i:02d}.txt").write_text(scene.caption + "\n")
        else:
            held = folder / "_held_out"
            held.mkdir(exist_ok=True)
            Image.fromarray(video[0]).save(held / f"{name}_{i:02d}.png", optimize=True)
            (held / f"{name}_{i:02d}.txt").write_text(scene.caption + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    args = parser.parse_args()
    for name, make in SETS.items():
        (args.out / name).mkdir(parents=True, exist_ok=True)
        write(args.out / name, name, make(np.random.default_rng(11)))


if __name__ == "__main__":
    main()
