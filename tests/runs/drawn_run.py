"""Run directories with a known best, drawn: LoRA files of known size, previews of a known motion, known losses."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from tests.data.drawn_motion import orbit
from tests.train import small_job
from wannb.data.video_file import write_mp4
from wannb.runs.lines import write_lines
from wannb.runs.previews import facts_of
from wannb.runs.run import Run
from wannb.runs.rundir import RunDir

STEPS = (100, 200, 300, 400)
PROMPTS = ("a red circle orbits", "a blue circle orbits")
Draw = Callable[[int, int], np.ndarray]
"""(step, index of the prompt) -> frames."""


def drawn(folder: Path, draw: Draw, losses: dict[str, list[float]] | None = None, **sizes: list[float]) -> Run:
    """A run of `STEPS` whose training clips orbit once; `losses` by expert at 0 and `STEPS`; `high`, `low`: what each
    file's numbers are multiplied with, 1 unless given."""
    for i in range(3):
        write_mp4(_folder(folder / "clips") / f"{i}.mp4", orbit(360, 120 * i, frames=17))
        (folder / "clips" / f"{i}.txt").write_text("a circle orbits")
    job = small_job.job(folder, "wannb/tiny-wan2.2-t2v", steps=STEPS[-1], disable_sampling=False)
    job.datasets[0].resolution, job.datasets[0].num_frames, job.wannb.kind = [64], 17, "motion"
    job.sample.width = job.sample.height = 64
    job.sample.num_frames = 17
    job.sample.samples = [type(job.sample.samples[0]).new(prompt=prompt) for prompt in PROMPTS]
    run = RunDir(job.run_dir)
    _folder(run.path)
    job.save(run.config)
    for expert in ("high", "low"):
        for step, size in zip(STEPS, sizes.get(expert, [1.0] * len(STEPS)), strict=True):
            write_lora(run.checkpoint(expert, step), step, size)
    for step in (0, *STEPS):
        for i, sample in enumerate(job.samples):
            write_mp4(_folder(run.preview(step, i, ".mp4").parent) / f"{i}.mp4", draw(step, i))
            run.preview(step, i, ".json").write_text(json.dumps(facts_of(sample)))
    if losses:
        write_losses(run.path, losses)
    return Run(run.path)


def write_losses(run: Path, losses: dict[str, list[float]]) -> None:
    """`losses` by expert at 0 and `STEPS`, as the run's validation."""
    write_lines(RunDir(run).validation, [row for name, numbers in losses.items() for row in _rows(name, numbers)])


def write_lora(path: Path, step: int, size: float) -> None:
    """One layer, ΔW growing with the step, times `size`."""
    numbers = np.random.default_rng(0)
    b = (numbers.normal(size=(8, 4)) * size * step / 100).astype(np.float32)
    tensors = {"diffusion_model.blocks.0.self_attn.q.lora_A.weight": numbers.normal(size=(4, 8)).astype(np.float32)}
    tensors["diffusion_model.blocks.0.self_attn.q.lora_B.weight"] = b
    _folder(path.parent)
    save_file(tensors, path, metadata={"wannb.steps": str(step)})


def _rows(expert: str, numbers: list[float]) -> list[dict]:
    """Losses of four clips, a little apart, at one timestep."""
    offsets = (-0.002, -0.001, 0.001, 0.002)
    return [
        {
            "step": step, "stage": expert, "loss": loss, "timesteps": [500.0], "ids": list("abcd"), "held_out": True,
            "losses": [[loss + offset * (1 + step / 1000)] for offset in offsets], "clips": list("abcd"),
        }
        for step, loss in zip((0, *STEPS), numbers, strict=True)
    ]  # fmt: skip


def _folder(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path
