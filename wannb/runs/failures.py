"""How a run ends that could not go on: one sentence on what happened, where the run stands, and the cure."""

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wannb.data.occupied import bytes_in
from wannb.job import Job
from wannb.job.amounts import size
from wannb.machine import free_bytes
from wannb.refusal import Refusal
from wannb.runs import state
from wannb.runs.result import resume_command
from wannb.runs.rundir import RunDir
from wannb.train import out_of_memory
from wannb.train.loop import NotFinite
from wannb.wan import compiling

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}  # no space, a quota, a limit on the size of a file
FOREIGN = re.compile(r"\(os error (\d+)\)")  # as safetensors, which has errors of its own, tells the number


def disk_is_full(error: BaseException) -> bool:
    """Whether `error`, or what it came from, is a write that found no space."""
    seen: list[BaseException] = []
    at: BaseException | None = error
    while at is not None and at not in seen:
        told = FOREIGN.search(str(at))
        if getattr(at, "errno", None) in FULL or (told and int(told[1]) in FULL):
            return True
        seen.append(at)
        at = at.__cause__ or at.__context__
    return False


def end(error: Exception, job: Job, run: RunDir, standing: str) -> Exception:
    """Return what is raised in place of `error`: a Refusal that ends with `standing` where the cure is known, else
    `error` itself with `standing` as a note."""
    sentence = _sentence(error, job, run)
    if sentence is None:
        error.add_note(standing)
        return error
    return Refusal(f"{sentence} {standing}")


def standing(run: RunDir, saved: int) -> str:
    """Return a sentence on what is saved and how to go on."""
    if not saved:
        return f"Nothing was saved yet; begin again with: {resume_command(run)}"
    return f"All up to step {saved} is saved; go on with: {resume_command(run)}"


def lost(what: str, error: Exception, run: RunDir) -> str:
    """Return the sentence of a warning: training goes on without `what`."""
    return f"{what} could not be written, training goes on. {_no_space(error, run)}"


@contextmanager
def explained(job: Job, run: RunDir) -> Iterator[None]:
    """Inside the block a full or read-only disk and full memory are Refusals, also before the first step."""
    try:
        yield
    except Refusal:
        raise
    except Exception as error:
        sentence = _sentence(error, job, run)
        if sentence is None:
            raise
        raise Refusal(sentence) from error


def _sentence(error: Exception, job: Job, run: RunDir) -> str | None:
    if isinstance(error, Refusal):
        return str(error) + (_go_further_back(run) if isinstance(error, NotFinite) else "")
    if disk_is_full(error):
        return _no_space(error, run) + _keep_less(job)
    if out_of_memory.is_one(error):
        return out_of_memory.elsewhere(job)
    if compiling.failed(error):
        return f"Blocks could not be compiled ({compiling.told(error)}): switch Compiled Blocks off (wannb.compile)."
    if isinstance(error, OSError) and error.errno in (errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.ESTALE):
        where = error.filename or run.path
        return f"{where}: {error.strerror}. Mend that or give the job another training_folder; nothing was overwritten."
    return None


def _no_space(error: Exception, run: RunDir) -> str:
    name = getattr(error, "filename", None)
    where = Path(name) if isinstance(name, str) and Path(name).parent.is_dir() else run.path
    folder = where if where.is_dir() else where.parent
    free = size(free_bytes(folder) or 0)
    return (
        f"The disk is full (or a quota or limit is reached): {where} could not be written; {free} are free "
        f"there, and {run.path} holds {_held(run)}. Delete what is not needed of it, or make room elsewhere."
    )


def _keep_less(job: Job) -> str:
    saving = job.saving
    return (
        f" To write less from here on: fewer save.max_step_saves_to_keep (now {saving.max_step_saves_to_keep}), or "
        f"higher save.save_every (now {saving.save_every}) and sample.sample_every (now {job.sample.sample_every})."
    )


def _held(run: RunDir) -> str:
    folders = {"checkpoints": run.checkpoints, "previews": run.previews, "state": run.state}
    return ", ".join(f"{size(bytes_in(folder))} in {name}/" for name, folder in folders.items())


def _go_further_back(run: RunDir) -> str:
    """How to go on from the state before the newest."""
    newest = state.newest(run.state)
    return f" Should it come back at once, delete {newest} to go on from the state before it." if newest else ""
