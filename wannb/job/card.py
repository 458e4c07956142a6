"""Which card a job has to fit."""

from wannb.job.job import Job
from wannb.machine import Machine


def card_gb(job: Job, machine: Machine | None = None) -> float | None:
    """GB of the card that counts: the smaller of the one the job names and the machine's; None where neither is known.

    A job for 80 GB has to fit the 24 GB of the machine that trains it, and one made on a large machine the card it is
    for.
    """
    known = [gb for gb in (job.wannb.vram_gb, machine.vram_gb if machine else None) if gb]
    return min(known, default=None)
