"""Write a run's LoRA pair as two files that ComfyUI and diffusers load, with the workflow or script that loads them."""

import argparse
from pathlib import Path

from wannb.cli.answer import Answer
from wannb.cli.numbers import count, step

HELP = "the two LoRA files, and a workflow or script that loads them"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="RUN", help="the run directory")
    parser.add_argument("--high", type=count, metavar="STEP", help="checkpoint of the high-noise expert (the last)")
    parser.add_argument("--low", type=count, metavar="STEP", help="checkpoint of the low-noise expert (the last)")
    parser.add_argument("--to", choices=("comfyui", "diffusers"), default="comfyui", help="what will load them")
    parser.add_argument("--high-strength", type=float, metavar="S", help="of the high-noise LoRA (the sample's, 1)")
    parser.add_argument("--low-strength", type=float, metavar="S", help="of the low-noise LoRA (the sample's, 1)")
    parser.add_argument("--sample", type=step, default=0, metavar="N", help="which of the job's samples, from 0 (0)")
    parser.add_argument("--prompt", help="instead of that sample's")
    parser.add_argument(
        "--distilled", nargs=2, metavar=("HIGH", "LOW"), help="files of a distillation LoRA (Lightning), loaded too"
    )
    parser.add_argument("--distilled-steps", type=count, default=4, metavar="N", help="denoising steps with it (4)")
    parser.add_argument("-o", "--out", type=Path, metavar="DIR", help="where to write them (the run's export/)")


def run(options: argparse.Namespace) -> Answer:
    from wannb.export.distilled import Distilled
    from wannb.export.pair import export

    names = ("to", "high", "low", "out", "high_strength", "low_strength", "sample", "prompt")
    given = {name: getattr(options, name) for name in names}
    distilled = options.distilled and Distilled(*options.distilled, steps=options.distilled_steps)
    result = export(options.folder, **given, distilled=distilled)
    written = [*result.files, result.workflow, *result.extras]
    said = [result.about_earlier] if result.about_earlier else []
    return Answer(result.to_dict(), "\n".join(["Wrote", *(f"  {path}" for path in written), *said]))
