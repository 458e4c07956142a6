"""What one optimizer step of each expert takes, by the trainer's own clock, on clips made here."""

import tempfile
from pathlib import Path

import numpy as np

from bench.measured import Measured
from wannb.data.video_file import write_mp4
from wannb.job import Job
from wannb.runs.run import Run
from wannb.runs.trainer import train

WARM_UP, TRIES = 4, 20  # steps of each expert
FRAMES, SIDE, BATCH = 33, 64, 4


def steps(model: str, task: str = "i2v") -> list[Measured]:
    """Train `model` for a few steps on the CPU and return the seconds of each expert's steps."""
    with tempfile.TemporaryDirectory() as folder:
        job = bench_job(Path(folder), model, task)
        train(job)
        rows = Run(job.run_dir).metrics()
    measured = []
    for expert in ("high", "low"):
        seconds = [row["seconds"] for row in rows if row["stage"] == expert][WARM_UP:]
        tokens = rows[0]["tokens"]
        measured.append(Measured(f"a step of the {expert}-noise expert, {tokens} tokens, batch {BATCH}", seconds))
    return measured


def bench_job(folder: Path, model: str, task: str) -> Job:
    """A job of WARM_UP + TRIES steps for each expert on BATCH clips of noise; nothing is sampled."""
    clips = folder / "clips"
    numbers = np.random.default_rng(0)
    for i in range(BATCH):
        write_mp4(clips / f"{i}.mp4", numbers.integers(0, 255, (FRAMES, SIDE, SIDE, 3), dtype=np.uint8))
        (clips / f"{i}.txt").write_text("a red circle")
    job = Job.recipe("motion", task, data=clips, name="bench")
    job.training_folder, job.device = str(folder / "runs"), "cpu"
    job.model.name_or_path, job.model.low_vram, job.model.quantize, job.model.quantize_te = model, False, False, False
    job.datasets[0].resolution, job.datasets[0].num_frames = [SIDE], FRAMES
    job.train.steps, job.train.batch_size, job.train.switch_boundary_every = 2 * (WARM_UP + TRIES), BATCH, 1
    job.train.optimizer, job.train.dtype, job.train.gradient_checkpointing = "adamw", "fp32", False
    job.train.disable_sampling, job.wannb.high_noise_share = True, 0.5
    return job
