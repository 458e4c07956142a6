"""What a job trains on, known before it runs: each expert's timesteps and all its steps together."""

import numpy as np
from numpy.typing import ArrayLike

from wannb.job import Job
from wannb.job.schedule import BOUNDARY, SHIFT
from wannb.job.stages import Stages
from wannb.train.timesteps import Timesteps


def densities(job: Job, boundary: float | None = None, shift: float | None = None) -> dict[str, Timesteps]:
    """Return the timesteps of each expert that `job` trains, the high-noise one first.

    boundary, shift: the model's (decision 1), the task's where not given; the job's own go before both. Raises
    Refusal where the job's type or bias has no law or its boundary leaves an expert nothing.
    """
    boundary = job.wannb.boundary or boundary or BOUNDARY[job.task]
    shift = job.wannb.shift or shift or SHIFT[job.task]
    return {expert: Timesteps.of(job, expert, boundary, shift) for expert in job.stages}


def steps_of(job: Job) -> dict[str, int]:
    """Return how many of the job's steps train each expert."""
    stages = Stages.of(job)
    return {expert: stages.share(expert, job.train.steps) for expert in job.stages}


def density_of_steps(
    job: Job, t: ArrayLike, boundary: float | None = None, shift: float | None = None
) -> np.ndarray:
    """Return the density at timesteps `t` of all draws of all steps of `job`, per unit of t.

    It integrates to 1 over 0…1000: each expert's density counts by its share of the steps.
    """
    steps = steps_of(job)
    parts = [steps[expert] * one.density(t) for expert, one in densities(job, boundary, shift).items() if steps[expert]]
    return np.sum(parts, axis=0) / job.train.steps
