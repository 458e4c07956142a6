"""What a lesson changed, read off its first previews (the base) and its last ones (the LoRA)."""

from dataclasses import dataclass

import numpy as np

from tools.knobs.lessons import CLASS_PROMPTS
from wannb.data.video import probe, read_frames
from wannb.demo import SCORE
from wannb.job import Job
from wannb.runs.run import Run


@dataclass(frozen=True)
class Measured:
    """base, lora: the mean score of the trigger's clips, in the unit of the kind; kept: PSNR in dB of the class's clips
    against the base's, the mean over them, None where the lesson shows none."""

    base: float
    lora: float
    kept: float | None


def measured(job: Job, kind: str) -> Measured:
    """Measure the run of `job`, which is done."""
    videos = {(preview.step, preview.index): preview.video for preview in Run(job.run_dir).previews}
    pairs = [
        (sample.prompt in CLASS_PROMPTS, _frames(videos[0, i]), _frames(videos[job.train.steps, i]))
        for i, sample in enumerate(job.samples)
    ]
    score = SCORE[kind][1]
    taught = [(score(base), score(lora)) for of_class, base, lora in pairs if not of_class]
    kept = [psnr(base, lora) for of_class, base, lora in pairs if of_class]
    base, lora = np.mean(taught, axis=0)
    return Measured(float(base), float(lora), float(np.mean(kept)) if kept else None)


def psnr(one: np.ndarray, other: np.ndarray) -> float:
    """Peak signal-to-noise ratio in dB of two clips uint8 [F, H, W, 3]; 99 for equal ones."""
    error = np.mean((one.astype(float) - other.astype(float)) ** 2)
    return 99.0 if error == 0 else float(10 * np.log10(255**2 / error))


def _frames(clip) -> np.ndarray:
    return read_frames(clip, range(probe(clip).frames))
