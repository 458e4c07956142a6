"""What a job gives away before the run: what is not built, missing, contradictory or bound to disappoint."""

from collections.abc import Iterator

from wannb.job.ai_toolkit_rules import ai_toolkit_findings
from wannb.job.card_rules import card_findings
from wannb.job.data_rules import data_findings
from wannb.job.finding import Finding
from wannb.job.job import Job
from wannb.job.kind_rules import kind_findings
from wannb.job.learning_rules import learning_findings
from wannb.job.machine_rules import machine_findings
from wannb.job.model_rules import model_findings
from wannb.job.network_rules import network_findings
from wannb.job.place_rules import place_findings
from wannb.job.preservation_rules import preservation_findings
from wannb.job.preview_rules import preview_findings
from wannb.job.rate_rules import rate_findings
from wannb.job.saving_rules import saving_findings
from wannb.job.stage_rules import stage_findings
from wannb.job.unknown_rules import unknown_findings
from wannb.job.value_rules import value_findings
from wannb.machine import Machine

ORDER = {"error": 0, "warning": 1, "info": 2}
RULES = (
    value_findings,
    unknown_findings,
    model_findings,
    stage_findings,
    data_findings,
    place_findings,
    preview_findings,
    saving_findings,
    network_findings,
    rate_findings,
    learning_findings,
    preservation_findings,
    kind_findings,
    ai_toolkit_findings,
)


def findings(job: Job, machine: Machine | None = None) -> list[Finding]:
    """All findings on the job itself, errors first; what only `machine` gives away is left out without one.

    Looks at the disk only for whether the named files and folders are there and whose they are.
    """
    found = [finding for rule in RULES for finding in rule(job)]
    found += [*_processes(job), *card_findings(job, machine), *machine_findings(job, machine)]
    return sorted(found, key=lambda finding: ORDER[finding.severity])


def _processes(job: Job) -> Iterator[Finding]:
    if job.processes > 1:
        message = f"The file has {job.processes} processes, and only the first is run."
        yield Finding("more-processes", "warning", "config.process", message, "Make a file of each.")
