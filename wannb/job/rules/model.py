"""Preflight of the base model: that it is named, is there, and is the one for the job's task."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from wannb.job import base_model
from wannb.job.cures import Put
from wannb.job.finding import Finding
from wannb.job.job import Job
from wannb.job.model import BASES
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
    folder, another = Path(name).expanduser(), base_model.another(name)
    if folder.is_dir():
        yield from _looked_at(job, name, folder)
    elif another:
        yield _wrong(job, say("{name} is {another}.", name=name, another=another), None)
    elif not base_model.is_hub_id(name):
        message = say("There is no model folder {name!r}, and it is no hub id (org/name) either.", name=name)
        fix = say("Set {key} to a folder in diffusers' layout, or to {base}.", key=NAME, base=_base(job))
        yield Finding("model-missing", "error", NAME, message, fix, Put({NAME: _base(job)}))
    else:
        yield from _other_task(job, name, base_model.task_named(name), here=False)


def _looked_at(job: Job, name: str, folder: Path) -> Findings:
    """On a folder of this machine: what its experts' configurations say."""
    lacking = [part for part in base_model.EXPERTS.values() if not (folder / part / "config.json").is_file()]
    if lacking:
        one = (
            say("a model with one expert (Wan 2.1, TI2V 5B)") if lacking == ["transformer_2"] else say("no Wan 2.2 14B")
        )
        yield _wrong(
            job,
            say(
                "{name} lacks {parts}: it is {one} in diffusers' layout.",
                name=name,
                parts=" and ".join(lacking),
                one=one,
            ),
            None,
        )
        return
    try:
        configs = [base_model.config(folder, expert) for expert in base_model.EXPERTS]
    except (OSError, ValueError) as error:
        message = say("The model folder {name!r} cannot be read ({error}).", name=name, error=error)
        yield Finding("model-missing", "error", NAME, message, say("Download it again."), Put({NAME: _base(job)}))
        return
    kinds = [_kind(one) for one in configs]
    known = [one for one in kinds if one in TASKS]
    if len(known) < len(kinds):
        yield _wrong(
            job,
            say("{name} is {kind}, not Wan 2.2 14B.", name=name, kind=next(one for one in kinds if one not in TASKS)),
            None,
        )
    elif len(set(known)) > 1:
        yield _wrong(
            job,
            say("The two experts of {name} take different inputs: they belong to different models.", name=name),
            None,
        )
    else:
        yield from _other_task(job, name, known[0], here=True)


def _kind(config: dict[str, Any]) -> str:
    """`t2v`, `i2v`, or what else it is."""
    channels = config.get("in_channels")
    if config.get("image_dim") or config.get("added_kv_proj_dim"):
        return say("a Wan 2.1 image-to-video model")
    return base_model.CHANNELS.get(
        channels, say("a model with {channels} input channels (TI2V 5B or another)", channels=channels)
    )


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
