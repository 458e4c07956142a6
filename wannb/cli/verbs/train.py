"""Train a job in the foreground. Ctrl-C finishes the step and saves; --resume goes on exactly where it stopped."""

import argparse

from wannb.cli import job_file
from wannb.cli.answer import Answer
from wannb.cli.imports import collector_at_rest
from wannb.cli.progress import ShellProgress

HELP = "train both experts of a job; --resume goes on after a stop"
arguments = job_file.arguments


def run(options: argparse.Namespace) -> Answer:
    from wannb.wan.late import put_off

    put_off()  # before what it spares is imported
    with collector_at_rest():
        from wannb.runs.trainer import train

    result = train(job_file.loaded(options), resume=options.resume, progress=ShellProgress())
    # A script's next line wants a finished run, so a stop on request is no 0.
    return Answer(result.to_dict(), result.message, "" if result.state == "done" else result.message)
