"""Clips that the base makes of the class by itself: the usual regularization set."""

from pathlib import Path

import torch

from tools.knobs.lessons import CLASS
from wannb.data import video_file
from wannb.files import write_atomically
from wannb.job import Job
from wannb.train.model import Model
from wannb.wan import previews, text
from wannb.wan.loading import weights
from wannb.wan.previews import Components, Request

GROUNDS = ("white", "green", "pink", "yellow", "purple", "black", "orange", "brown")
MOTIONS = ("comes in from the left", "comes in from the right", "pops up")


def make(folder: Path, job: Job) -> Path:
    """Sample the base of text-to-video `job` on prompts that its own samples do not have; return `folder`."""
    prompts = [f"a {CLASS} {MOTIONS[i % 3]} on a {ground} background" for i, ground in enumerate(GROUNDS)]
    missing = [(i, prompt) for i, prompt in enumerate(prompts) if not (folder / f"{i:02d}.mp4").exists()]
    if not missing:
        return folder
    model, device = Model.of(job), torch.device("cpu")
    experts = {one: weights.load_expert(model.where, one, torch.float32, device) for one in ("high", "low")}
    parts = Components(
        **experts,
        vae=weights.load_vae(model.where, device),
        boundary=model.boundary,
        shift=model.shift,
        scheduler_config=weights.load_scheduler_config(model.where),
    )
    models = weights.load_text(model.where, torch.float32, device)
    folder.mkdir(parents=True, exist_ok=True)
    for i, prompt in missing:
        wanted = job.samples[0]
        request = Request.of(wanted, seed=1000 + i)
        frames = previews.sample(parts, request, tuple(text.encode(*models, [prompt, ""])))
        write_atomically(folder / f"{i:02d}.txt", prompt)
        video_file.write_mp4(folder / f"{i:02d}.mp4", frames, wanted.fps)
    return folder
