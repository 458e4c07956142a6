"""What must be right before a run is begun, known without loading anything."""

from wannb.data.preflight import check
from wannb.job import Job
from wannb.refusal import Refusal


def refuse_errors(job: Job) -> None:
    """Raise Refusal with all that preflight calls an error."""
    errors = [finding for finding in check(job) if finding.severity == "error"]
    if errors:
        raise Refusal(" ".join(f"{error.where}: {error.message} {error.fix}".strip() for error in errors))
