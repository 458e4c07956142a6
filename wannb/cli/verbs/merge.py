"""Write the run's base with its LoRA pair inside the weights, and check it against the base with the live pair."""

import argparse
import sys
from pathlib import Path

from wannb.cli.answer import Answer
from wannb.cli.numbers import count

HELP = "the pair inside its base's weights, checked"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="RUN", help="the run directory")
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="FOLDER", help="a new folder")
    parser.add_argument("--high", type=count, metavar="STEP", help="checkpoint of the high-noise expert (the last)")
    parser.add_argument("--low", type=count, metavar="STEP", help="checkpoint of the low-noise expert (the last)")
    parser.add_argument("--strength", type=float, default=1.0, metavar="S", help="of both LoRAs (1)")
    parser.add_argument(
        "--to", choices=("diffusers", "comfyui"), default="diffusers", help="a whole folder, or one file an expert"
    )


def run(options: argparse.Namespace) -> Answer:
    from wannb.export.merge import merge

    def heed(doing: str) -> None:
        print(doing, file=sys.stderr)

    names = ("out", "high", "low", "strength", "to")
    done = merge(options.folder, **{name: getattr(options, name) for name in names}, heed=heed)
    lines = [f"Wrote {done.folder}."]
    for expert, largest in done.differences.items():
        lines.append(
            f"The {expert}-noise expert: {done.layers[expert]} weights changed; against the live LoRA its output "
            f"differs by at most {largest:.2g} of its largest value (rounding: {done.allowed:.2g}; the LoRA itself "
            f"moves it by {done.effects[expert]:.2g}). Each weight was read again: off by at most "
            f"{done.farthest[expert]:.2g} of what rounding may do."
        )
    return Answer(done.to_dict(), "\n".join(lines))
