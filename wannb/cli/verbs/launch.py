"""Train a job in a process of its own, which outlives this shell; `wannb status` follows it, `wannb stop` ends it."""

import argparse

from wannb.cli import job_file
from wannb.cli.answer import Answer

HELP = "train in a process of its own, which outlives the shell"
arguments = job_file.arguments


def run(options: argparse.Namespace) -> Answer:
    from wannb.runs.launching import launch

    run = launch(job_file.loaded(options), resume=options.resume)
    pid = run.status()["pid"]
    text = f"Training in {run.path} (process {pid}). What it prints: {run.dir.log}"
    return Answer({"run": str(run.path), "pid": pid, "state": run.state, "log": str(run.dir.log)}, text)
