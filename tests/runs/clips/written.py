"""Run directories with LoRA files and clips in them, written by hand: nothing was trained or rendered."""

import io
import json
from pathlib import Path

import torch
from PIL import Image
from safetensors.torch import save_file

from tests.data import numbered
from tests.train import small_job
from wannb.runs.clips.clip_dir import ClipDir
from wannb.runs.clips.wish import Wish
from wannb.runs.run import Run


def made(folder: Path, steps: dict[str, tuple[int, ...]], final: int = 0, **switches: bool) -> Run:
    """A run directory with LoRA files of `steps` by expert, and a final pair of step `final`."""
    job = small_job.job(folder, folder)
    for name, value in switches.items():
        setattr(job.model.model_kwargs, name, value)
    job.run_dir.mkdir(parents=True)
    job.save(job.run_dir / "config.yaml")
    run = Run(job.run_dir)
    run.dir.checkpoints.mkdir()
    for expert, saved in steps.items():
        for step in saved:
            _write(run.dir.checkpoint(expert, step), step)
        if final:
            _write(run.dir.checkpoint(expert), final)
    return run


def _write(path: Path, step: int) -> None:
    save_file({"x": torch.zeros(2)}, path, metadata={"wannb.steps": str(step)})


def rendered(run: Run, wish: Wish) -> None:
    """Put a clip where the renderer would have left that of `wish`."""
    clips = ClipDir(run.path / "clips")
    clips.path.mkdir(exist_ok=True)
    numbered.write(clips.video(wish.key), count=wish.num_frames)
    clips.poster(wish.key).write_bytes(_poster())
    clips.facts(wish.key).write_text(json.dumps(wish.to_dict() | {"made": 1.0}))


def _poster() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (32, 32)).save(buffer, "JPEG")
    return buffer.getvalue()
