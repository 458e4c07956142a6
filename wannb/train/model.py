"""The model a job names, found and read, with the job's own boundary and shift where it has them (decision 1)."""

from dataclasses import dataclass

from wannb.job import Job, base_model
from wannb.job.parts.parts import Where, elsewhere
from wannb.wan.loading import weights


@dataclass(frozen=True)
class Model:
    """Where a model lies and what a run needs to know of it; its weights are loaded when their turn comes."""

    where: Where
    boundary: float
    shift: float

    @classmethod
    def of(cls, job: Job) -> "Model":
        """Return the job's model; raises Refusal where it is missing, incomplete, or for the other task."""
        where = weights.resolve(base_model.named(job.model.name_or_path, job.task), job.task, elsewhere(job))
        facts = weights.facts(where, job.task)
        return cls(where, job.wannb.boundary or facts.boundary, job.wannb.shift or facts.shift)
