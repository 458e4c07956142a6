"""The LoRA (or LoKr) files of a run: written at every Save Every and at the end, the oldest step pairs removed."""

from pathlib import Path

from wannb.files import sync
from wannb.job import Job
from wannb.job.parts.parts import Place, place
from wannb.runs.rundir import RunDir
from wannb.runs.whole import is_whole
from wannb.train.device import DTYPES
from wannb.train.experts import Experts
from wannb.train.model import Model
from wannb.wan.adapters import lora, lora_file
from wannb.wan.adapters.adapter import Adapter


def write(run: RunDir, job: Job, model: Model, experts: Experts, step: int, final: bool) -> list[Path]:
    """Write one file for each trained expert after `step`, named by the step or, if `final`, without; return them.

    Equal weights give equal bytes.
    """
    paths = []
    for expert, learner in experts.learners.items():
        path = run.checkpoint(expert, None if final else step)
        facts = lora_file.header(
            name=job.name,
            task=job.task,
            expert=expert,
            boundary=model.boundary,
            shift=model.shift,
            steps=step,
            trigger=job.trigger_word,
            base_model=_public(job, place(model.where, "high")),
        )
        weights, adapter = lora.state(learner.transformer), Adapter.of(job, expert)
        lora_file.write(path, weights, adapter, DTYPES[job.saving.dtype], header=facts)
        paths.append(path)
    sync(run.checkpoints)
    return paths


def due(job: Job, step: int) -> bool:
    """Whether files are written after `step` whatever else is asked for."""
    return step > 0 and step % job.saving.save_every == 0


def missing(run: RunDir, job: Job, step: int) -> bool:
    """Whether a file due after `step` is gone or cut off."""
    return due(job, step) and not all(is_whole(run.checkpoint(expert, step)) for expert in job.stages)


def rotate(run: RunDir, keep: int) -> None:
    """Remove the files of all but the `keep` newest steps; the final files are not counted and stay."""
    for step in run.checkpoint_steps()[:-keep]:
        for expert in ("high", "low"):
            run.checkpoint(expert, step).unlink(missing_ok=True)


def _public(job: Job, lies: Place) -> str:
    """A LoRA is shared: of a local folder or file it tells the name, not where it lies."""
    if isinstance(lies, Path) and lies.is_file():
        return lies.name
    named = job.model.unet_path or job.model.name_or_path
    return Path(named).name if Path(named).exists() else named
