"""Preflight of the base model: that it is named, is there, and is the one for the job's task."""

from collections.abc import Iterator
from pathlib import Path

from wannb.job import base_model
from wannb.job.cures import Put
from wannb.job.finding import Finding
from wannb.job.job import Job
from wannb.job.model import BASES
from wannb.job.parts.kinds import task_of
from wannb.job.parts.misfit import Misfit
from wannb.job.parts.parts import Parts, of_job, place
from wannb.refusal import Refusal
from wannb.words import say

Findings = Iterator[Finding]
NAME, ARCH = "model.name_or_path", "model.arch"
TASKS = {"t2v": say("text-to-video (T2V)"), "i2v": say("image-to-video (I2V)")}
ARCHITECTURES = {"t2v": "wan22_14b", "i2v": "wan22_14b_i2v"}


def model_findings(job: Job) -> Findings:
    name = job.model.name_or_path.strip()
    if not name:
        base = _base(job)
        yield Finding(
            "no-model",
            "error",
            NAME,
            say("No base model is named."),
            say("Set it to {value}.", value=base),
            Put({NAME: base}),
        )
        return
    if base_model.is_random(name):
        return
    try:
        where = of_job(job)
        task = task_of(where)
    except Misfit as misfit:
        yield _misfit(job, misfit)
        return
    lies = place(where, "high")
    here = isinstance(lies, Path)
    yield from _other_task(job, str(lies), task if here else base_model.task_named(str(lies)), here)
    if isinstance(where, Parts):
        yield _taken(where)


def _misfit(job: Job, misfit: Misfit) -> Finding:
    """The cure is another base, where the base itself is of no use; what is only incomplete is worth mending."""
    if misfit.where == NAME and misfit.code in ("wrong-checkpoint", "model-missing"):
        fix, cure = say("Set {key} to {value}.", key=NAME, value=_base(job)), Put({NAME: _base(job)})
        return Finding(misfit.code, "error", NAME, misfit.message, fix, cure)
    return Finding(misfit.code, "error", misfit.where, misfit.message, misfit.fix)


def _taken(where: Parts) -> Finding:
    """Which files a job that names several places, or a folder of single files, is trained on."""
    message = say(
        "The parts are: high-noise expert {high}, low-noise expert {low}, VAE {vae}, text encoder {text}.",
        high=where.high,
        low=where.low,
        vae=where.vae,
        text=where.text_encoder,
    )
    fix = say("Nothing in the weights tells the experts apart: their names do, so look at them once.")
    return Finding("model-parts", "info", NAME, message, fix)


def _other_task(job: Job, name: str, task: str | None, here: bool) -> Findings:
    if task not in (None, job.task):
        message = say(
            "{name} is for {task}, but the job trains {trained}.", name=name, task=TASKS[task], trained=TASKS[job.task]
        )
        yield _wrong(job, message, task if here else None)


def _wrong(job: Job, message: str, fits: str | None) -> Finding:
    """The cure is the task that a folder `fits` (it is here, and another base would be downloaded), where previews
    allow it; else the task's own base."""
    if fits and not _lacks_images(job, fits):
        fix, cure = (
            say("Set {key} to {value}.", key=ARCH, value=ARCHITECTURES[fits]),
            Put({ARCH: ARCHITECTURES[fits]}),
        )
    else:
        fix, cure = say("Set {key} to {value}.", key=NAME, value=_base(job)), Put({NAME: _base(job)})
    return Finding("wrong-checkpoint", "error", NAME, message, fix, cure)


def _lacks_images(job: Job, task: str) -> bool:
    """Whether previews would stop for want of first frames if the job were for `task`."""
    if task == "t2v" or job.train.disable_sampling:
        return False
    try:
        return any(sample.image is None for sample in job.samples)
    except Refusal:
        return True


def _base(job: Job) -> str:
    """The base of the job's task: the tiny Wan's for a tiny Wan, else the one that the architecture fills in."""
    if base_model.is_tiny(job.model.name_or_path):
        return f"wannb/tiny-wan2.2-{job.task}"
    return BASES[job.model.arch]
