"""A run with preview clips and LoRA files written by hand: what a training would have left, made in a blink."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from tests.data.numbered import painted
from tests.train import small_job
from wannb.data.video_file import write_mp4, write_poster
from wannb.job import Job
from wannb.job.samples import Sample
from wannb.runs.run import Run
from wannb.runs.rundir import RunDir

STEPS = (100, 200, 300)
SIZE = (64, 48)
PROMPTS = (
    "a red circle orbits, filmed from the left side of the room",
    "a blue square moves left",
    "a green triangle",
    "two yellow stars over a table",
    "a white cube turns",
)


def compared_run(
    folder: Path,
    prompts: int = 4,
    steps: tuple[int, ...] = STEPS,
    frames: int = 33,
    model: str = "wannb/tiny-wan2.2-t2v",
) -> Run:
    """`prompts` × (base, *steps) preview clips with their frame's number painted on, and a LoRA pair of each step."""
    samples = [{"prompt": PROMPTS[i], "seed": 42} for i in range(prompts)]
    job = small_job.job(folder, Path(model), steps=steps[-1])
    job.model.name_or_path = model
    job.sample.samples = [type(job.sample.samples[0]).new(**one) for one in samples]
    job.sample.num_frames, job.sample.width, job.sample.height = frames, *SIZE
    run = RunDir(job.run_dir)
    run.path.mkdir(parents=True)
    job.save(run.config)
    for step in (0, *steps):
        for index, sample in enumerate(job.samples):
            preview(run, job, sample, step, index)
        if step:
            lora_pair(run, step)
    return Run(run.path)


def preview(run: RunDir, job: Job, sample: Sample, step: int, index: int) -> Path:
    """Frames as numbers in bars; the picture's top tells the step by its colour."""
    video = run.preview(step, index, ".mp4")
    video.parent.mkdir(parents=True, exist_ok=True)
    pictures = np.stack([painted(number, *SIZE) for number in range(sample.num_frames)])
    pictures[:, : SIZE[1] // 4] = (200 - step // 2 % 160, 40 + step // 2 % 160, 60 + 15 * index)
    write_mp4(video, pictures, sample.fps)
    write_poster(run.preview(step, index, ".jpg"), pictures[0])
    facts = {"step": step, "index": index, **asdict(sample), "boundary": 0.875, "shift": 12.0}
    run.preview(step, index, ".json").write_text(json.dumps(facts, default=str))
    return video


def lora_pair(run: RunDir, step: int | None, header: int | None = None) -> None:
    """A file for each expert, named by `step` or, without, the final ones, with `header` as their step."""
    run.checkpoints.mkdir(exist_ok=True)
    for expert in ("high", "low"):
        facts = {"wannb.steps": str(header or step), "wannb.expert": expert}
        save_file({"some.lora_A.weight": np.zeros((1, 1), np.float32)}, run.checkpoint(expert, step), facts)
