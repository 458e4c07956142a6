"""What a job alone gives away before the run: what is not built, missing, contradictory or bound to disappoint."""

from collections.abc import Iterator

from wannb.job.data_rules import data_findings
from wannb.job.finding import Finding
from wannb.job.job import Job
from wannb.job.learning_rules import learning_findings
from wannb.job.network_rules import network_findings
from wannb.job.preservation_rules import preservation_findings
from wannb.job.preview_rules import preview_findings
from wannb.job.stage_rules import stage_findings
from wannb.job.value_rules import value_findings

ORDER = {"error": 0, "warning": 1, "info": 2}


def findings(job: Job) -> list[Finding]:
    """All findings, errors first; looks at the disk only for whether the named files and folders exist."""
    rules = (
        value_findings,
        _file,
        stage_findings,
        data_findings,
        preview_findings,
        network_findings,
        learning_findings,
        preservation_findings,
    )
    return sorted((finding for rule in rules for finding in rule(job)), key=lambda finding: ORDER[finding.severity])


def _file(job: Job) -> Iterator[Finding]:
    if not job.model.name_or_path:
        yield Finding("no-model", "error", "model.name_or_path", "No base model is named.", "Set model.name_or_path.")
    if job.processes > 1:
        yield Finding("more-processes", "warning", "config.process", "Only the first process of the file is run.")
    for key in job.unknown:
        message = f"Nobody here knows {key}: it stays in the file and has no effect."
        yield Finding("unknown-key", "warning", key, message, "Look at its spelling and its place.")
