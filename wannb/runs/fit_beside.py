"""What a run takes beside its steps, for `wannb fit`: a save, and a preview of the job's largest sample."""

import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image

from wannb.job import Job
from wannb.job.distilled_previews import previewed
from wannb.runs import checkpoints, previews, state
from wannb.runs.rundir import RunDir
from wannb.train import memory
from wannb.train.device import device_of
from wannb.train.experts import Experts
from wannb.train.made_up import RandomTexts
from wannb.train.model import Model
from wannb.wan.previews import Request, sample

DENOISING = 4
"""Steps of the preview: its memory is that of many, and both experts have their turn."""
GREY = (128, 128, 128)


@dataclass(frozen=True)
class Beside:
    """`phase`: "saving" or "previews"; GiB reserved at most, and the seconds that it took."""

    phase: str
    peak_gib: float
    seconds: float


def beside(job: Job, model: Model, experts: Experts, text_dim: int) -> Iterator[Beside]:
    """Save the pair and the state into a folder that is gone afterwards, and make a clip of few denoising steps where
    the job makes previews. Raises what torch raises where the memory does not do."""
    yield _timed(job, "saving", lambda: _save(job, model, experts))
    if job.samples and not job.train.disable_sampling:
        yield _timed(job, "previews", lambda: _preview(job, model, experts, text_dim))


def _timed(job: Job, phase: str, work: Callable[[], None]) -> Beside:
    device = device_of(job.device)
    memory.begin(device)
    began = time.perf_counter()
    work()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return Beside(phase, memory.most(device)["memory_gib"], time.perf_counter() - began)


def _save(job: Job, model: Model, experts: Experts) -> None:
    with tempfile.TemporaryDirectory(prefix="wannb-fit-") as folder:
        run = RunDir(Path(folder) / "run")
        with experts.averaged():
            checkpoints.write(run, job, model, experts, 0, final=True)
        state.save(run.state, 0, {expert: learner.state() for expert, learner in experts.learners.items()}, {})


def _preview(job: Job, model: Model, experts: Experts, text_dim: int) -> None:
    largest = max((previewed(job, one) for one in job.samples), key=lambda one: one.width * one.height * one.num_frames)
    still = Image.new("RGB", (largest.width, largest.height), GREY) if job.task == "i2v" else None
    embeds = tuple(RandomTexts(text_dim).embed(["", ""]))
    with experts.averaged(), previews.components(job, model, experts) as parts:
        sample(parts, Request.of(largest, image=still, steps=DENOISING), embeds)
