"""Write a run's LoRA pair as two files that ComfyUI and diffusers load, with the workflow or script that loads them."""

import argparse
from pathlib import Path

from wannb.cli.answer import Answer
from wannb.cli.numbers import count

HELP = "the two LoRA files, and a workflow or script that loads them"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="RUN", help="the run directory")
    parser.add_argument("--high", type=count, metavar="STEP", help="checkpoint of the high-noise expert (the last)")
    parser.add_argument("--low", type=count, metavar="STEP", help="checkpoint of the low-noise expert (the last)")
    parser.add_argument("--to", choices=("comfyui", "diffusers"), default="comfyui", help="what will load them")
    parser.add_argument("-o", "--out", type=Path, metavar="DIR", help="where to write them (the run's export/)")


def run(options: argparse.Namespace) -> Answer:
    from wannb.export.pair import export

    result = export(options.folder, to=options.to, high=options.high, low=options.low, out=options.out)
    written = [*result.files, result.workflow, *result.extras]
    return Answer(result.to_dict(), "\n".join(["Wrote", *(f"  {path}" for path in written)]))
