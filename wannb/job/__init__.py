"""Job files: AI Toolkit's YAML, what each setting means, recipes, and what can be known to fail before a run."""

from wannb.job.finding import Finding
from wannb.job.job import Job

__all__ = ["Finding", "Job"]
