"""What one does to a job in the Studio, beyond setting one value."""

from collections.abc import Callable
from typing import Any

from wannb.bundled import TINY_WANS
from wannb.job import Job
from wannb.job.model import BASES
from wannb.job.new_job import ARCHITECTURE
from wannb.job.recipes import differences
from wannb.refusal import Refusal
from wannb.words import say


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
        raise Refusal(say("Choose a Kind first (JOB): the recipe follows it."))
    for key, value in differences(job).items():
        job.put(key, value)


def _counterpart(name: str, before: str, after: str) -> str:
    """The base that is for `after` what `name` is for `before`; `name` itself where we know of none."""
    tiny = {ARCHITECTURE[task]: one for one, task in TINY_WANS.items()}
    return {known[before]: known[after] for known in (BASES, tiny)}.get(name, name)


def all_of(cures: list[Callable[[Job], None]]) -> Callable[[Job], None]:
    """Do one cure after the other."""

    def cure(job: Job) -> None:
        for one in cures:
            one(job)

    return cure
