"""Preflight: everything about a job and its clips that can be known to fail or to disappoint before a run."""

import argparse
from pathlib import Path

from wannb.cli.answer import Answer
from wannb.cli.findings import counted, listed

HELP = "preflight of a job: what would fail, what will disappoint, and the cure"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("job", type=Path, metavar="JOB.yaml", help="the job file")


def run(options: argparse.Namespace) -> Answer:
    from wannb.data.preflight import check
    from wannb.job import Job

    found = check(Job.load(options.job))
    errors = any(finding.severity == "error" for finding in found)
    text = "\n".join(part for part in (listed(found), f"{options.job}: {counted(found)}.") if part)
    return Answer(
        {"findings": [finding.to_dict() for finding in found]},
        text,
        f"{options.job} would not train as it is: {counted(found)}." if errors else "",
    )
