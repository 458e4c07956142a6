"""Which accuracy recovery adapter the experts of a job get."""

from wannb.job import base_model
from wannb.job.job import Job
from wannb.job.model import ADAPTERS
from wannb.job.qtypes import Held, held

PUBLISHED = {one.partition("|")[2] for one in ADAPTERS.values()}


def held_experts(job: Job) -> Held:
    """What the experts of `job` are held in where it quantizes them. A tiny Wan goes without the published adapters,
    which were made for the 14 B: preflight says so, and a job for the 14 B can be tried on it by its name alone."""
    kind, adapter = held(job.model.qtype, job.model.accuracy_recovery_adapter)
    if adapter in PUBLISHED and base_model.is_tiny(job.model.name_or_path):
        adapter = None
    return Held(kind, adapter)
