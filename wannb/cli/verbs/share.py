"""Write a folder that is ready for the hub: the two files with all their facts, a card with pictures, the workflow.

Nothing leaves this machine without --push.
"""

import argparse
from pathlib import Path

from wannb.cli.answer import Answer
from wannb.cli.numbers import count

HELP = "a folder for the hub: the pair, a card with pictures; --push sends it"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="RUN", help="the run directory")
    parser.add_argument("--high", type=count, metavar="STEP", help="checkpoint of the high-noise expert (the last)")
    parser.add_argument("--low", type=count, metavar="STEP", help="checkpoint of the low-noise expert (the last)")
    parser.add_argument("--license", metavar="ID", help="of the LoRA, as the hub writes it, for example apache-2.0")
    parser.add_argument("--push", metavar="OWNER/NAME", help="send it to this repository of the Hugging Face hub")
    parser.add_argument("--private", action="store_true", help="with --push: only for you")
    parser.add_argument("--update", action="store_true", help="with --push: into a repository that is there already")
    parser.add_argument("-o", "--out", type=Path, metavar="DIR", help="where to write it (the run's share/)")


def run(options: argparse.Namespace) -> Answer:
    from wannb.export.share import share

    names = ("out", "push", "high", "low", "private", "update", "license")
    done = share(options.folder, **{name: getattr(options, name) for name in names})
    lines = ["Wrote", *(f"  {path}" for path in done.files)]
    if done.unseen:
        lines.append(f"{len(done.unseen)} prompts have no picture: the run has no clip of both base and LoRA for them.")
    lines.append(f"Pushed to {done.url}." if done.url else "Nothing was sent; --push owner/name does that.")
    return Answer(done.to_dict(), "\n".join(lines))
