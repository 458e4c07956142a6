"""Trigger words: those that a job trains, and the one to take where it has none."""

from wannb.job.job import Job
from wannb.job.new_job import MADE_UP


def triggers(job: Job) -> set[str]:
    """The trigger words of the sets to learn from, the job's where a set has none of its own."""
    words = {one.trigger_word or job.trigger_word for one in job.datasets if not one.is_reg} or {job.trigger_word}
    return {word.strip() for word in words if word and word.strip()}


def made_up(job: Job) -> str:
    """The recipe's word for the job's kind, a style's where the kind has none."""
    return MADE_UP.get(job.wannb.kind, MADE_UP["style"])
