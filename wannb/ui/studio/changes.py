"""What one does to a job in the Studio, beyond setting one value."""

from collections.abc import Callable
from typing import Any

from wannb.job import Job
from wannb.job.model import BASES
from wannb.job.recipes import differences
from wannb.refusal import Refusal


def put(job: Job, key: str, value: Any) -> None:
    """Set `key`; another architecture brings its own base along where the present base is the other's own."""
    before = job.model.arch
    job.put(key, value)
    if key == "model.arch" and job.model.arch != before:
        job.model.name_or_path = _counterpart(job.model.name_or_path, before, job.model.arch)
    if key == "network.linear" and job.network.linear_alpha is not None:
        job.network.linear_alpha = job.network.linear  # as AI Toolkit's form does


def take_recipe(job: Job) -> None:
    """Set everything as the guides advise for the job's kind, task and card."""
    if not job.wannb.kind:
        raise Refusal("Choose a Kind first (JOB): the recipe follows it.")
    for key, value in differences(job).items():
        job.put(key, value)


def _counterpart(name: str, before: str, after: str) -> str:
    bases = {**{BASES[before]: BASES[after]}, **_tiny(before, after)}
    return bases.get(name, name)


def _tiny(before: str, after: str) -> dict[str, str]:
    names = {"wan22_14b": "wannb/tiny-wan2.2-t2v", "wan22_14b_i2v": "wannb/tiny-wan2.2-i2v"}
    return {names[before]: names[after]}


def all_of(cures: list[Callable[[Job], None]]) -> Callable[[Job], None]:
    """Do one cure after the other."""

    def cure(job: Job) -> None:
        for one in cures:
            one(job)

    return cure
