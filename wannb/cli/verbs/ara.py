"""Compute an accuracy recovery adapter for a job's base: what gives 4-bit experts back most of what 4 bits cost.

Takes the job's own clips. Says for each expert what 4 bits cost, alone and with the adapter. Ctrl-C writes what there
is; the same command goes on from there.
"""

import argparse
from pathlib import Path

from wannb.cli.answer import Answer
from wannb.cli.imports import collector_at_rest
from wannb.cli.numbers import count, step
from wannb.cli.progress import ShellProgress

HELP = "an accuracy recovery adapter for the job's base in 4 bits"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("job", type=Path, metavar="JOB.yaml", help="the job file, with model.qtype uint4")
    parser.add_argument("--rank", type=count, default=16, metavar="R", help="of every layer (16)")
    parser.add_argument("--steps", type=step, default=100, metavar="N", help="of learning, for each expert (100)")
    parser.add_argument("-o", "--out", type=Path, metavar="FILE", help="the adapter (JOB_ara.safetensors beside it)")


def run(options: argparse.Namespace) -> Answer:
    with collector_at_rest():
        from wannb.job import Job
        from wannb.runs.ara import ara

    out = options.out or options.job.with_name(f"{options.job.stem}_ara.safetensors")
    found = ara(Job.load(options.job), out, options.rank, options.steps, ShellProgress())
    text = "\n".join([*map(str, found.experts), found.message])
    # A script's next line wants a finished adapter, so a stop on request is no 0.
    return Answer(found.to_dict(), text, "" if found.state == "done" else found.message)
