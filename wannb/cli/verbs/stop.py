"""Ask a run to finish its step, save and leave; `wannb train … --resume` goes on exactly there."""

import argparse
from pathlib import Path

from wannb.cli.answer import Answer
from wannb.cli.numbers import count

HELP = "finish the step, save, leave"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="RUN", help="the run directory")
    parser.add_argument("--wait", type=count, metavar="SECONDS", help="wait so long for its answer")


def run(options: argparse.Namespace) -> Answer:
    from wannb.runs.result import resume_command
    from wannb.runs.run import Run

    run = Run(options.folder)
    step = run.stop(wait=options.wait)
    when = "after the step that is under way" if step is None else f"after step {step}"
    text = f"{run.path} saves and stops {when}; go on with: {resume_command(run.dir)}"
    return Answer({"run": str(run.path), "step": step}, text)
