"""Who may write a run directory: one process at a time, and only where the run is new or to be resumed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from wannb.job import Job
from wannb.job.section import Section
from wannb.refusal import Refusal
from wannb.runs.rundir import RunDir

try:
    import fcntl
except ImportError:  # Windows has none; there nothing keeps a second process away
    fcntl = None

FREE = (
    "train.steps",
    "train.lr",
    "train.disable_sampling",
    "train.skip_first_sample",
    "train.force_first_sample",
    "train.gradient_checkpointing",
    "train.cache_text_embeddings",
    "model.low_vram",
    "device",
    "performance_log_every",
    "save.",
    "sample.",
    "logging.",
    "wannb.cache_folder",
)
"""What a resume may change: settings that leave the steps before as they were."""


@contextmanager
def claimed(run: RunDir) -> Iterator[None]:
    """Hold the run directory, made if need be; raises Refusal while another process trains in it."""
    run.path.mkdir(parents=True, exist_ok=True)
    with open(run.lock, "wb") as file:
        try:
            if fcntl:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Refusal(f"Another process is training in {run.path}: wait for it, or stop it first.") from None
        yield


def refuse_existing(run: RunDir) -> None:
    """Raise Refusal where a run was already begun."""
    if run.begun:
        raise Refusal(f"{run.path} already holds a run: resume it (--resume), or give the job another name.")


def changes(before: Job, now: Job) -> dict[str, tuple[Any, Any]]:
    """Return setting -> (value before, value now) of what differs between a run's saved job and the given one."""
    old, new = _settings(before.anchored()), _settings(now.anchored())
    keys = sorted(old.keys() | new.keys())
    return {key: (old.get(key), new.get(key)) for key in keys if old.get(key) != new.get(key)}


def check_changes(run: RunDir, changed: dict[str, tuple[Any, Any]]) -> None:
    """Raise Refusal where a setting differs that the steps before depended on."""
    bound = {key: values for key, values in changed.items() if not key.startswith(FREE)}
    if bound:
        listed = "; ".join(f"{key} was {old!r} and is now {new!r}" for key, (old, new) in bound.items())
        raise Refusal(
            f"The job differs from the one that {run.path} was begun with: {listed}. Change it back to resume, or give "
            "the job another name to begin anew."
        )


def _settings(job: Job) -> dict[str, Any]:
    values = {}
    for where, section in job.process.sections():
        for name in type(section).model_fields:
            value = getattr(section, name)
            if not _is_section(value):
                values[f"{where}.{name}".lstrip(".")] = value
    return values


def _is_section(value: Any) -> bool:
    return isinstance(value, Section) or isinstance(value, list) and any(isinstance(one, Section) for one in value)
