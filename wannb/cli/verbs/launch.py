"""Train a job in a process of its own, which outlives this shell; `wannb status` follows it, `wannb stop` ends it."""

import argparse
from pathlib import Path

from wannb.cli.answer import Answer
from wannb.cli.findings import warn

HELP = "train in a process of its own, which outlives the shell"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("job", type=Path, metavar="JOB.yaml", help="the job file")
    parser.add_argument("--resume", action="store_true", help="go on with the run that is there")


def run(options: argparse.Namespace) -> Answer:
    from wannb.cli.changed import warn_of_changes
    from wannb.job import Job
    from wannb.runs.launching import launch

    job = Job.load(options.job)
    warn(job)
    if options.resume:
        warn_of_changes(job)
    run = launch(job, resume=options.resume)
    pid = run.status()["pid"]
    text = f"Training in {run.path} (process {pid}). What it prints: {run.dir.log}"
    return Answer({"run": str(run.path), "pid": pid, "state": run.state, "log": str(run.dir.log)}, text)
