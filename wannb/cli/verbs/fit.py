"""Whether a job fits its card, how long it takes and what it leaves on the disk: measured here, or estimated."""

import argparse
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from wannb.cli.answer import Answer
from wannb.cli.imports import collector_at_rest
from wannb.cli.numbers import count, gigabytes
from wannb.refusal import Refusal

HELP = "does a job fit, how long does it take: memory, time, disk"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("job", type=Path, metavar="JOB.yaml", help="the job file")
    parser.add_argument("--estimate", action="store_true", help="by arithmetic, without a GPU")
    parser.add_argument(
        "--vram-gb", type=gigabytes, metavar="N", help="for a card of N GB (the job's, or this machine's)"
    )
    parser.add_argument("--steps", type=count, metavar="K", help="steps to measure; not with --estimate")


def run(options: argparse.Namespace) -> Answer:
    from wannb.data.outlook import estimate
    from wannb.job import Job
    from wannb.machine import Machine

    if not options.estimate:
        return _measured(options)
    if options.steps:
        raise Refusal("--steps is how many steps are measured, and --estimate measures none: leave one of them out.")
    job, machine = Job.load(options.job), Machine.here()
    if options.vram_gb:
        job.wannb.vram_gb = options.vram_gb
        if (
            machine.vram_gb is not None and machine.vram_gb < options.vram_gb
        ):  # another card than this machine's is meant
            machine = replace(machine, gpu=None, vram_gb=None)
    found = estimate(job, machine=machine)
    return Answer(_data(found), str(found))


def _measured(options: argparse.Namespace) -> Answer:
    with collector_at_rest():
        from wannb.job import Job
        from wannb.runs import fit_report, fitting

    job = Job.load(options.job)
    card = fitting.capped(job, options.vram_gb)
    if options.vram_gb:
        job.wannb.vram_gb = options.vram_gb
    fitted = fitting.fit(job, options.steps or fitting.STEPS, lambda said: print(said, file=sys.stderr))
    return Answer(fit_report.as_json(fitted, card), str(fitted))


def _data(found) -> dict[str, Any]:
    """The object of `--json`; what only a measurement can tell is null."""
    heaviest = max(found.shapes, key=lambda one: one.peak_gib, default=None)
    return {
        "fits": found.fits,
        "s_per_step": found.s_per_step,
        "spread": None,
        "compile_s": None,
        "tokens": heaviest.tokens if heaviest else None,
        "peak_reserved_gib": found.peak_gib,
        "parts_gib": found.parts_gib,
        "mfu": None,
        "projection": {
            "steps": found.steps,
            "seconds": found.seconds,
            "total_seconds": found.total_seconds,
            "band": found.time_band,
            "disk_bytes": found.disk_bytes,
            "free_bytes": found.free_bytes,
        },
        "advice": [asdict(one) for one in found.advice],
        "estimated": True,
        "card_gib": found.card_gib,
        "memory_band": found.memory_band,
        "phases_gib": found.phases_gib,
        "gpu": found.gpu,
        "clips": found.clips,
        "steps_per_clip": found.steps_per_clip,
        "shapes": [asdict(one) for one in found.shapes],
    }
