"""What a lesson changed, read off its first previews (the base) and its last ones (the LoRA)."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tools.knobs import lane
from tools.knobs.lessons import CLASS_PROMPTS
from wannb.data.video import probe, read_frames
from wannb.demo import SCORE
from wannb.job import Job
from wannb.runs.run import Run

SCORES: dict[str, dict[str, Callable[[np.ndarray], float]]] = {
    "motion": {"° turned": SCORE["motion"][1]},
    "style": {" % in the palette": SCORE["style"][1]},
    "character": {" % with the character": SCORE["character"][1]},
    "lane": {
        " px off the taught path": lane.off_the_path,
        " of 255: its middle's brightness": lane.brightness_of_the_middle,
    },
}
"""Lesson -> unit -> how it is read off a clip's frames."""


@dataclass(frozen=True)
class Measured:
    """scores: unit -> (base, LoRA), means over the taught prompts' clips; kept: PSNR in dB of the class's clips against
    the base's, the mean over them, None where the lesson shows none."""

    scores: dict[str, tuple[float, float]]
    kept: float | None


def measured(job: Job, lesson: str) -> Measured:
    """Measure the run of `job`, which is done."""
    videos = {(preview.step, preview.index): preview.video for preview in Run(job.run_dir).previews}
    pairs = [
        (sample.prompt in CLASS_PROMPTS, _frames(videos[0, i]), _frames(videos[job.train.steps, i]))
        for i, sample in enumerate(job.samples)
    ]
    taught = [(base, lora) for of_class, base, lora in pairs if not of_class]
    kept = [psnr(base, lora) for of_class, base, lora in pairs if of_class]
    scores = {
        unit: tuple(float(np.mean([score(clip) for clip in side])) for side in zip(*taught, strict=True))
        for unit, score in SCORES[lesson].items()
    }
    return Measured(scores, float(np.mean(kept)) if kept else None)


def psnr(one: np.ndarray, other: np.ndarray) -> float:
    """Peak signal-to-noise ratio in dB of two clips uint8 [F, H, W, 3]; 99 for equal ones."""
    error = np.mean((one.astype(float) - other.astype(float)) ** 2)
    return 99.0 if error == 0 else float(10 * np.log10(255**2 / error))


def _frames(clip) -> np.ndarray:
    return read_frames(clip, range(probe(clip).frames))
