"""What a job gives away before the run: what is not built, missing, contradictory or bound to disappoint."""

from collections.abc import Iterator

from wannb.job.finding import Finding
from wannb.job.job import Job
from wannb.job.rules.ai_toolkit import ai_toolkit_findings
from wannb.job.rules.card import card_findings
from wannb.job.rules.data import data_findings
from wannb.job.rules.distilled import distilled_findings
from wannb.job.rules.kind import kind_findings
from wannb.job.rules.learning import learning_findings
from wannb.job.rules.machine import machine_findings
from wannb.job.rules.model import model_findings
from wannb.job.rules.network import network_findings
from wannb.job.rules.offloading import offloading_findings
from wannb.job.rules.place import place_findings
from wannb.job.rules.preservation import preservation_findings
from wannb.job.rules.preview import preview_findings
from wannb.job.rules.quantization import quantization_findings
from wannb.job.rules.rate import rate_findings
from wannb.job.rules.saving import saving_findings
from wannb.job.rules.stage import stage_findings
from wannb.job.rules.unknown import unknown_findings
from wannb.job.rules.value import value_findings
from wannb.machine import Machine
from wannb.words import say

ORDER = {"error": 0, "warning": 1, "info": 2}
RULES = (
    value_findings,
    quantization_findings,
    unknown_findings,
    model_findings,
    offloading_findings,
    stage_findings,
    data_findings,
    place_findings,
    preview_findings,
    distilled_findings,
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
        message = say("The file has {processes} processes, and only the first is run.", processes=job.processes)
        yield Finding("more-processes", "warning", "config.process", message, say("Make a file of each."))
