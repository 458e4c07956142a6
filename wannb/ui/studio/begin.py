"""What a Studio begins with: a job, a job file, or the recipe of a kind."""

from pathlib import Path
from typing import Any

from wannb.data.first_frames import give_first_frames
from wannb.job import Job
from wannb.job.recipes import KINDS
from wannb.machine import Machine
from wannb.refusal import Refusal

VRAM_GB = 24.0
"""The card that most have, where neither the caller nor the machine names one."""


def begin(job: Any, recipe: dict[str, Any]) -> tuple[Job, Path]:
    """The job to edit and the file that it is saved to; raises Refusal where `job` is none.

    job: a Job, a mapping, the path of a job file, or a kind (motion, style, character), for which `recipe` holds task,
    vram_gb, data, name and trigger; those that are None are left to the recipe, the card to the machine.
    """
    given = {name: value for name, value in recipe.items() if value is not None}
    if isinstance(job, str) and job in KINDS:
        return _of_recipe(job, given)
    if given:
        raise Refusal(f"{', '.join(given)} belong to a recipe: Studio('motion', {next(iter(given))}=…).")
    if isinstance(job, Job):
        return job, Path(f"{job.name}.yaml")
    if isinstance(job, dict):
        made = Job.from_dict(job)
        return made, Path(f"{made.name}.yaml")
    if isinstance(job, str | Path) and (Path(job).suffix.lower() in (".yaml", ".yml", ".json") or Path(job).is_file()):
        return Job.load(job), Path(job)
    raise Refusal(f"Studio takes a job, a job file, or one of {', '.join(KINDS)}, not {job!r}.")


def _of_recipe(kind: str, given: dict[str, Any]) -> tuple[Job, Path]:
    vram_gb = given.pop("vram_gb", None) or Machine.here().vram_gb or VRAM_GB
    job = Job.recipe(kind, vram_gb=vram_gb, **given)
    if job.task == "i2v" and given.get("data"):
        give_first_frames(job)
    return job, Path(f"{job.name}.yaml")
