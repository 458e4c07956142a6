"""A run of a job, trained to its end unless that was done before; an interrupted one goes on where it was saved."""

import sys

from wannb.cli.progress import ShellProgress
from wannb.job import Job
from wannb.runs.run import Run
from wannb.runs.rundir import RunDir
from wannb.runs.trainer import train


def trained(job: Job) -> Run:
    """Return the run of `job`, which is done; leaves where it was asked to stop."""
    run = RunDir(job.run_dir)
    if run.begun and (steps := Job.load(run.config).train.steps) != job.train.steps:
        sys.exit(f"{run.path} is a run of {steps} steps and the lesson takes {job.train.steps}: move or remove it.")
    if not run.checkpoint(job.stages[0], None).exists():
        print(f"{job.name} …", file=sys.stderr)
        result = train(job, resume=run.begun, progress=ShellProgress())
        if result.state != "done":
            sys.exit(result.message)
    return Run(run.path)
