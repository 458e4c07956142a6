"""Clips that nothing is wrong with, and jobs on them."""

import shutil
from pathlib import Path

import numbered
from PIL import Image

from wannb.data.first_frames import give_first_frames
from wannb.job import Job

WORDS = "vase tower rabbit bridge teapot statue tree lamp boat castle horse clock drum piano fountain kite".split()


def clips(folder: Path, count: int = 12, size: tuple[int, int] = (128, 96), frames: int = 17) -> Path:
    """`count` copies of one clip at 16 fps, each with a caption that names the same motion over another thing."""
    folder.mkdir(parents=True)
    one = numbered.write(folder / "clip_00.mp4", count=frames, size=size, preset="ultrafast")
    for number in range(count):
        if number:
            shutil.copy(one, folder / f"clip_{number:02d}.mp4")
        thing = WORDS[number % len(WORDS)]
        (folder / f"clip_{number:02d}.txt").write_text(f"orbit 360 around the {thing} number {number}\n")
    return folder


def job(folder: Path, kind: str = "motion", task: str = "i2v") -> Job:
    """A small job for a large card on `folder`/clips, with its first frames."""
    made = Job.recipe(kind, task, 80, data=folder / "clips")
    made.training_folder = str(folder / "runs")
    made.datasets[0].resolution, made.datasets[0].num_frames = [96], 17
    made.datasets[0].cache_latents_to_disk = True
    made.sample.width, made.sample.height, made.sample.num_frames = 112, 80, 17
    made.model.name_or_path = f"wannb/tiny-wan2.2-{task}"
    give_first_frames(made, folder / "frames")
    return made


def picture(path: Path, width: int, height: int) -> str:
    Image.new("RGB", (width, height), (200, 80, 40)).save(path)
    return str(path)
