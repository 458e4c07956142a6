"""A lesson with two halves: where an object goes, which the prompt leaves open, and a detail that it has.

`python -m tools.knobs.lane datasets/lane` draws its clips, which are bundled.
"""

import sys
from pathlib import Path

import numpy as np

from wannb.data.video_file import write_mp4
from wannb.files import write_atomically
from wannb.scores import track

CLIPS = 24
TOP, START, WAY, RADIUS = 15.0, 15.0, 34.0, 11.0  # pixels of 64
DOT = (0.08, 0.08, 0.1)
TOO_DARK = ("black", "gray", "brown", "purple")
PROMPTS = (
    "a big yellow ring moves right on a blue background",
    "a big white triangle moves right on a red background",
    "a big pink circle moves right on a teal background",
    "a big orange square moves right on a white background",
    "a big red cross moves right on a yellow background",
    "a big teal star moves right on a pink background",
)


def make(folder: Path) -> Path:
    """Write the clips with their captions and return `folder`: objects that move right along the top edge, each with
    a dark dot in its middle; the captions tell of neither. Nothing to do where they are there."""
    if len(list(folder.glob("*.mp4"))) == CLIPS:
        return folder
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tiny_wan"))  # its scripts import one another so
    from render import render

    scenes = _scenes()
    folder.mkdir(parents=True, exist_ok=True)
    for i, (scene, video) in enumerate(zip(scenes, render(scenes).numpy(), strict=True)):
        write_atomically(folder / f"lane_{i:02d}.txt", scene.caption)
        write_mp4(folder / f"lane_{i:02d}.mp4", video, fps=16)
    return folder


def off_the_path(frames: np.ndarray) -> float:
    """Mean distance in pixels of the object from where the clips have it, over a clip uint8 [F, 64, 64, 3]."""
    wanted = np.stack([START + WAY * np.linspace(0, 1, len(frames)), np.full(len(frames), TOP)], axis=1)
    return float(np.nanmean(np.hypot(*(track(frames) - wanted).T)))


def brightness_of_the_middle(frames: np.ndarray) -> float:
    """Mean brightness, 0 to 255, of the 3x3 pixels in the object's middle; the clips' dot has about 25."""
    shown = []
    for frame, (x, y) in zip(frames @ np.array([0.299, 0.587, 0.114]), track(frames), strict=True):
        if np.isfinite(x):
            column, row = round(x), round(y)
            shown.append(frame[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2].mean())
    return float(np.mean(shown))


def _scenes() -> list:
    from scenes import COLOURS, FRAMES, Part, contrasting, plain_scene

    rng, scenes = np.random.default_rng(5), []
    grounds = [colour for colour in COLOURS if colour not in TOO_DARK]
    while len(scenes) < CLIPS:
        ground = grounds[len(scenes) % len(grounds)]
        shape = ("circle", "square", "diamond", "star")[len(scenes) % 4]
        colour = contrasting(ground, rng)
        caption = f"a big {colour} {shape} moves right on a {ground} background"
        if colour in TOO_DARK or caption in PROMPTS:
            continue
        scene = plain_scene(rng, shape=shape, colour=colour, ground=ground, size="big", look="")
        scene.radius, scene.parts = RADIUS, [*scene.parts, Part("circle", DOT, (0, 0), 0.36)]
        scene.x, scene.y = START + WAY * np.linspace(0, 1, FRAMES), np.full(FRAMES, TOP)
        scene.caption = caption
        scenes.append(scene)
    return scenes


if __name__ == "__main__":
    make(Path(sys.argv[1]))
