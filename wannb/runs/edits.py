"""What may be changed in a job while it trains: rates, the number of steps, the previews' prompts."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from wannb.data.video import probe
from wannb.job import Job
from wannb.job.preflight import findings
from wannb.job.sample import SampleItem
from wannb.job.samples import with_images_from
from wannb.job.section import Source
from wannb.refusal import Refusal
from wannb.runs.request import Request


def edited(job: Job, request: Request, step: int) -> Job:
    """Return a copy of `job`, its paths absolute, changed as asked after `step`; raises Refusal where that is wrong."""
    copy = job.anchored()
    before = {str(finding) for finding in findings(copy)}
    apply(copy, request, step)
    wrong = [one for one in findings(copy) if one.severity == "error" and str(one) not in before]
    if wrong:
        raise Refusal(" ".join(f"{one.where}: {one.message} {one.fix}".strip() for one in wrong))
    if request.kind == "prompts" and copy.task == "i2v" and not copy.train.disable_sampling:
        for sample in copy.samples:
            probe(sample.image)
    return copy


def apply(job: Job, request: Request, step: int) -> None:
    """Change `job` as asked; raises Refusal where a value is wrong."""
    EDITS[request.kind](job, request.values, step)


def prompts_for(prompts: Any, folder: Path) -> list[str | dict[str, Any]]:
    """Return prompts (strings, or settings of samples) with the paths that lie in `folder` made absolute."""
    if isinstance(prompts, str) or not isinstance(prompts, list | tuple):
        raise Refusal("prompts is a list: of prompts, or of samples such as {'prompt': …, 'ctrl_img': …}.")
    return [_absolute(one, folder) for one in prompts]


def _absolute(one: Any, folder: Path) -> str | dict[str, Any]:
    if isinstance(one, str):
        return with_images_from(one, folder)
    if not isinstance(one, dict) or not all(isinstance(key, str) for key in one):
        raise Refusal(f"{one!r} is neither a prompt nor a sample such as {{'prompt': …, 'ctrl_img': …}}.")
    image = one.get("ctrl_img")
    return one if not image else {**one, "ctrl_img": str((folder / Path(image).expanduser()).resolve())}


def _lr(job: Job, values: dict[str, Any], step: int) -> None:
    """One rate for both experts takes the place of their own."""
    given = {name: values.get(name) for name in ("both", *job.stages) if values.get(name) is not None}
    untrained = [name for name in ("high", "low") if values.get(name) is not None and name not in job.stages]
    if untrained:
        raise Refusal(f"This run does not train the {untrained[0]}-noise expert: give a rate for the other alone.")
    if not given or any(isinstance(one, bool) or not isinstance(one, int | float) for one in given.values()):
        raise Refusal("A learning rate is a number such as 1e-4: give one for both experts, or for high or low.")
    if "both" in given:
        job.train.lr = given["both"]
        job.wannb.high.lr = job.wannb.low.lr = None
    for expert in job.stages:
        if expert in given:
            getattr(job.wannb, expert).lr = given[expert]


def _steps(job: Job, values: dict[str, Any], step: int) -> None:
    steps = values.get("steps")
    if isinstance(steps, bool) or not isinstance(steps, int):
        raise Refusal(f"The number of steps is {steps!r}: give a whole number.")
    if steps < step:
        raise Refusal(f"The run is at step {step} already and cannot end at {steps}: give that or more, or stop it.")
    job.train.steps = steps


def _prompts(job: Job, values: dict[str, Any], step: int) -> None:
    """A string takes the place of a sample's prompt and leaves the sample's first frame and seed; a mapping is a
    whole sample."""
    wanted = prompts_for(values.get("prompts"), Path.cwd())
    items = job.sample.samples or [SampleItem.new(prompt=prompt) for prompt in job.sample.prompts]
    job.sample.samples = [_sample(job, one, items[i] if i < len(items) else None, i) for i, one in enumerate(wanted)]
    job.sample.prompts = []


def _sample(job: Job, one: str | dict[str, Any], before: SampleItem | None, index: int) -> SampleItem:
    if isinstance(one, str):
        return SampleItem.new(**{**(before.model_dump() if before else {}), "prompt": one})
    return SampleItem.read(one, Source(job.name, None), f"sample.samples[{index}]")


EDITS: dict[str, Callable[[Job, dict[str, Any], int], None]] = {"lr": _lr, "steps": _steps, "prompts": _prompts}
