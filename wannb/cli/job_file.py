"""What verbs that train take: a job file, and whether to go on with the run that is there."""

import argparse
from pathlib import Path

from wannb.cli.findings import warn
from wannb.job import Job


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("job", type=Path, metavar="JOB.yaml", help="the job file")
    parser.add_argument("--resume", action="store_true", help="go on with the run that is there")


def loaded(options: argparse.Namespace) -> Job:
    """Return the job after saying what will disappoint of it, and on resume what differs from the run's own."""
    from wannb.cli.changed import warn_of_changes

    job = Job.load(options.job)
    warn(job)
    if options.resume:
        warn_of_changes(job)
    return job
