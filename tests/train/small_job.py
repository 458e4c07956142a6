"""Generated clips and jobs of a few seconds for the trainer's tests."""

from pathlib import Path

import numpy as np
from PIL import Image

from wannb.data.video_file import write_mp4
from wannb.job import Job
from wannb.train.caching import prepare
from wannb.train.experts import Experts
from wannb.train.micro_batches import Material
from wannb.train.model import Model

SIZE, FRAMES = 32, 5


def clips(folder: Path, count: int = 3, image: bool = False) -> Path:
    """Write `count` clips of 32×32×9 with captions, of different looks; with `image` also a still."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        numbers = np.random.default_rng(number)
        frames = np.repeat(numbers.integers(0, 255, (9, 4, 4, 3), dtype=np.uint8), 8, axis=1).repeat(8, axis=2)
        write_mp4(folder / f"clip{number}.mp4", frames)
        (folder / f"clip{number}.txt").write_text(["a red circle", "a blue square moves left", "green"][number % 3])
    if image:
        Image.fromarray(frames[0]).save(folder / "still.png")
        (folder / "still.txt").write_text("a still circle")
    return folder


def job(folder: Path, model: Path, task: str = "t2v", **train: object) -> Job:
    """Return a job on `folder`/clips with runs in `folder`/runs; `train` goes over its `train` section."""
    settings = {
        "batch_size": 2, "gradient_accumulation": 2, "steps": 8, "lr": 1e-2, "optimizer": "adamw", "dtype": "fp32",
        "timestep_type": "linear", "switch_boundary_every": 2, "gradient_checkpointing": False,
        "noise_scheduler": "flowmatch", "cache_text_embeddings": True, "disable_sampling": True,
    } | train  # fmt: skip
    dataset = {
        "folder_path": str(folder / "clips"), "num_frames": FRAMES, "resolution": [SIZE], "caption_dropout_rate": 0.4,
        "caption_ext": "txt",
    }  # fmt: skip
    process = {
        "type": "sd_trainer", "training_folder": str(folder / "runs"), "device": "cpu", "trigger_word": "fast",
        "network": {"type": "lora", "linear": 4, "linear_alpha": 2},
        "save": {"dtype": "bf16", "save_every": 3, "max_step_saves_to_keep": 2},
        "datasets": [dataset], "train": settings,
        "model": {"name_or_path": str(model), "arch": "wan22_14b_i2v" if task == "i2v" else "wan22_14b"},
        "sample": {
            "sampler": "flowmatch", "sample_every": 4, "width": SIZE, "height": SIZE, "num_frames": FRAMES, "fps": 16,
            "guidance_scale": 3, "sample_steps": 2, "neg": "slow", "samples": [{"prompt": "[trigger] red circle"}],
        },
    }  # fmt: skip
    return Job.from_dict({"job": "extension", "config": {"name": "small", "process": [process]}})


def material(made: Job) -> Material:
    """Return what steps of the job `made` work on, as the trainer puts it together."""
    model = Model.of(made)
    return Material.of(made, model, prepare(made, model), Experts.load(made, model.where))
