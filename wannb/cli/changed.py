"""What a resume changes back or anew, said before it begins."""

import sys

from wannb.job import Job


def warn_of_changes(job: Job) -> None:
    """Print what differs between `job` and the run it would go on with: the given file is what counts, also where the
    run was changed while it went."""
    from wannb.runs.claim import changes
    from wannb.runs.rundir import RunDir

    run = RunDir(job.run_dir)
    if not run.begun:
        return
    for key, (before, now) in changes(Job.load(run.config), job).items():
        print(f"changed: {key} was {before!r} in {run.config} and is now {now!r}", file=sys.stderr)
