"""Print what an import, a training step, reading a long run and the panels take here, what a block at 14 B loses by
fewer bits, and on a GPU what a step at 14 B takes, on all of the card and held to less.

Nothing is compared with anything: see the README for that.
"""

import argparse
import os
import platform

import torch

from bench import attention, capped, card, quantized
from bench.answers import answers
from bench.browser import browser
from bench.compare import compare
from bench.imports import imports
from bench.logs import logs
from bench.measured import table
from bench.steps import steps
from bench.studio import studio


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--model", default="wannb/tiny-wan2.2-i2v", help="an image-to-video model")
    parser.add_argument("--rows", type=int, default=1_000_000, help="steps of the run that is read")
    options = parser.parse_args()
    rows = [imports(f"import {name}") for name in ("wannb", "wannb.runs.trainer", "wannb.ui.studio.studio")]
    rows += [*steps(options.model), *logs(options.rows), *answers(), *studio(), *browser(), *compare()]
    print(f"Python {platform.python_version()}, torch {torch.__version__}, {torch.get_num_threads()} threads of "
          f"{os.cpu_count()} cores, {processor()}\n")
    print(table(rows))
    print("\nA block at 14 B in fewer bits, against BF16:\n")
    quantized.show(torch.device("cuda" if torch.cuda.is_available() else "cpu"))
    if torch.cuda.is_available():
        print("\nIts attention:\n")
        attention.show(torch.device("cuda"))
        print("\nA step at 14 B:\n")
        card.show(card.options([]))
        print("\nThe same held to a smaller card's memory:\n")
        capped.show()


def processor() -> str:
    """The CPU's own name where the system tells it."""
    try:
        with open("/proc/cpuinfo") as file:
            return next(line.split(":", 1)[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


if __name__ == "__main__":
    main()
