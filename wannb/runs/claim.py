"""Who may write a run directory: one process at a time, and only where the run is new or to be resumed."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from wannb.files import no_follow
from wannb.job import Job
from wannb.job.section import Section
from wannb.refusal import Refusal
from wannb.runs.rundir import RunDir
from wannb.runs.worked_dir import WorkedDir

try:
    import fcntl
except ImportError:  # Windows has none; there nothing keeps a second process away
    fcntl = None

_NAME = "the run's files are called by its name"
_MODEL = "the LoRA was trained on another model"
_STAGE = "the run was begun without this expert, or with it"
_SHAPE = "the LoRA that was saved has another shape"
_SCALE = "the LoRA that was saved would have another strength"
_START = "a run begins once, and this one has begun"
BOUND = {
    "name": _NAME,
    "model.arch": _MODEL,
    "model.name_or_path": _MODEL,
    "model.unet_path": _MODEL,
    "model.model_kwargs.train_high_noise": _STAGE,
    "model.model_kwargs.train_low_noise": _STAGE,
    "network.type": _SHAPE,
    "network.linear": _SHAPE,
    "network.lokr_full_rank": _SHAPE,
    "network.lokr_factor": _SHAPE,
    "network.network_kwargs.ignore_if_contains": _SHAPE,
    "network.network_kwargs.only_if_contains": _SHAPE,
    "network.network_kwargs.parameter_threshold": _SHAPE,
    "wannb.high.rank": _SHAPE,
    "wannb.low.rank": _SHAPE,
    "network.linear_alpha": _SCALE,
    "wannb.high.alpha": _SCALE,
    "wannb.low.alpha": _SCALE,
    "network.pretrained_lora_path": _START,
}
"""What a resume may not change, and why: all that the saved weights cannot follow. Anything else holds from the next
step on."""


@contextmanager
def claimed(run: RunDir) -> Iterator[None]:
    """Hold the run directory, made if need be; raises Refusal while another process trains in it."""
    with locked(run) as mine:
        if not mine:
            raise Refusal(f"Another process is training in {run.path}: wait for it, or stop it first.")
        yield


@contextmanager
def locked(place: WorkedDir) -> Iterator[bool]:
    """Hold the directory `place`, made if need be, and yield whether that went: another process may have it."""
    place.path.mkdir(parents=True, exist_ok=True)
    with open(place.lock, "ab", opener=no_follow) as file:
        yield _locked(file)


def held(place: WorkedDir) -> bool | None:
    """Whether a process holds the directory; None where that cannot be known: no locks here, no right to look."""
    if not fcntl:
        return None
    try:
        with open(place.lock, "rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return None
    return False


def _locked(file: BinaryIO) -> bool:
    for pause in (0.05, 0.1, 0.2, 0):  # a reader that looks whether the lock is held has it for a moment
        try:
            if fcntl:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            time.sleep(pause)
        except OSError:  # a file system without locks
            return True
    return False


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
    """Raise Refusal, a sentence for each, where a setting differs that the saved weights cannot follow."""
    bound = {key: values for key, values in changed.items() if key in BOUND}
    if bound:
        listed = " ".join(
            f"{key} was {old!r} and is now {new!r}, but {BOUND[key]}." for key, (old, new) in bound.items()
        )
        raise Refusal(
            f"{run.path} cannot go on with this job. {listed} Change it back to resume, or give the job another name "
            "to begin anew; network.pretrained_lora_path can then name a file of its checkpoints/ to begin from."
        )


def _settings(job: Job) -> dict[str, Any]:
    values: dict[str, Any] = {"name": job.name}
    for where, section in job.process.sections():
        for name in type(section).model_fields:
            value = getattr(section, name)
            if not _is_section(value):
                values[f"{where}.{name}".lstrip(".")] = value
    return values


def _is_section(value: Any) -> bool:
    return isinstance(value, Section) or isinstance(value, list) and any(isinstance(one, Section) for one in value)
