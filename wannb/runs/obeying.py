"""What each kind of request does to a training that is between two steps."""

from typing import TYPE_CHECKING, Any

import torch

from wannb.refusal import Refusal
from wannb.runs.claim import changes
from wannb.runs.edits import EDITS, apply, edited
from wannb.runs.interrupts import Interrupts
from wannb.runs.request import STOP, Request
from wannb.train.caching import add_texts

if TYPE_CHECKING:
    from wannb.runs.training import Training


def obey(request: Request, training: "Training", interrupts: Interrupts) -> dict[str, Any]:
    """Do what is asked and return what is to be told of it; raises Refusal where it cannot be done."""
    if request.kind in EDITS:
        return _edit(request, training)
    return DO[request.kind](training, interrupts)


def _stop(training: "Training", interrupts: Interrupts) -> dict[str, Any]:
    interrupts.asked = STOP  # the loop ends here, and saves
    return {}


def _pause(training: "Training", interrupts: Interrupts) -> dict[str, Any]:
    if training.step != training.saved:
        training.save_now()
    training.control.paused = True
    return {}


def _go_on(training: "Training", interrupts: Interrupts) -> dict[str, Any]:
    training.control.paused = False
    return {}


def _save(training: "Training", interrupts: Interrupts) -> dict[str, Any]:
    if not training.step:
        raise Refusal("Before the first step there is nothing to save.")
    training.save_now()
    return {}


def _preview(training: "Training", interrupts: Interrupts) -> dict[str, Any]:
    job = training.job
    if not job.samples or job.train.disable_sampling:
        raise Refusal("The job has no samples, or train.disable_sampling is on: there is nothing to preview.")
    if not training.preview_now(interrupts):
        raise Refusal("The clips were left unfinished: the run was asked to stop, or the disk is full.")
    return {}


def _edit(request: Request, training: "Training") -> dict[str, Any]:
    """Change the job in the run's config.yaml and here; both or neither. Each change is an event of its own."""
    job, step = training.job, training.step
    new = edited(job, request, step)
    changed = changes(job, new)
    if request.kind == "prompts":
        _encode(new, training)
    new.save(training.run.config)
    apply(job, request, step)
    for key, (before, now) in changed.items():
        training.log.tell("changed", step, setting=key, before=before, now=now)
    return {"changed": sorted(changed)}


def _encode(job, training: "Training") -> None:
    """Have the embeddings of all previews; where the text encoder finds no room, the run goes on without them."""
    try:
        add_texts(job, training.model, training.material.texts, training.progress)
    except torch.OutOfMemoryError:
        raise Refusal(
            "There is no room for the text encoder beside the experts: stop, edit the job and resume."
        ) from None


DO = {STOP: _stop, "pause": _pause, "go on": _go_on, "save": _save, "preview": _preview}
