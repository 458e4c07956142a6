"""Encode a job's clips and prompts, so that training starts at once; what is cached already is used again."""

import argparse
from pathlib import Path

from wannb.cli.answer import Answer
from wannb.cli.findings import listed, warn
from wannb.cli.imports import collector_at_rest
from wannb.cli.progress import ShellProgress

HELP = "encode latents, conditions and prompts of a job"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("job", type=Path, metavar="JOB.yaml", help="the job file")


def run(options: argparse.Namespace) -> Answer:
    with collector_at_rest():
        from wannb.job import Job
        from wannb.train.caching import cache

    job = Job.load(options.job)
    warn(job)
    result = cache(job, ShellProgress())
    text = f"{result.items} items in {job.cache_dir}: {result.encoded} encoded, {result.reused} there already."
    return Answer(result.to_dict(), "\n".join(part for part in (text, listed(result.refused)) if part))
