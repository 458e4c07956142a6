"""Train a job in the foreground. Ctrl-C finishes the step and saves; --resume goes on exactly where it stopped."""

import argparse
from pathlib import Path

from wannb.cli.answer import Answer
from wannb.cli.findings import warn
from wannb.cli.progress import ShellProgress

HELP = "train both experts of a job; --resume goes on after a stop"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("job", type=Path, metavar="JOB.yaml", help="the job file")
    parser.add_argument("--resume", action="store_true", help="go on with the run that is there")


def run(options: argparse.Namespace) -> Answer:
    from wannb.cli.changed import warn_of_changes
    from wannb.job import Job
    from wannb.runs.trainer import train

    job = Job.load(options.job)
    warn(job)
    if options.resume:
        warn_of_changes(job)
    result = train(job, resume=options.resume, progress=ShellProgress())
    # A script's next line wants a finished run, so a stop on request is no 0.
    return Answer(result.to_dict(), result.message, "" if result.state == "done" else result.message)
