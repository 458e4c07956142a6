"""Write a LoRA file, or both of a run, with a smaller rank: the best approximation of what each layer learned.

Says what it costs: the share of the LoRA's change that is lost, layer by layer in --picture.
"""

import argparse
from pathlib import Path

from wannb.cli.answer import Answer
from wannb.cli.numbers import count, share

HELP = "the LoRA files with a smaller rank, and what that costs"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", type=Path, metavar="FILE|RUN", help="a LoRA's .safetensors, or the run directory")
    wanted = parser.add_mutually_exclusive_group(required=True)
    wanted.add_argument("--rank", type=count, metavar="R", help="of every layer")
    wanted.add_argument("--keep", type=share, metavar="S", help="share of each layer's ‖dW‖² to keep, for example 0.98")
    parser.add_argument("--high", type=count, metavar="STEP", help="checkpoint of the high-noise expert (the last)")
    parser.add_argument("--low", type=count, metavar="STEP", help="checkpoint of the low-noise expert (the last)")
    parser.add_argument("--picture", type=Path, metavar="PNG", help="draw what is kept and what is lost")
    parser.add_argument("--clips", action="store_true", help="of a run: make its first sample with old and new files")
    parser.add_argument("-o", "--out", type=Path, metavar="DIR", help="where to write (beside; a run's export/shrunk)")


def run(options: argparse.Namespace) -> Answer:
    from wannb.export.shrink import shrink

    files = shrink(options.source, options.rank, options.keep, options.out, options.high, options.low)
    data = {"files": [str(file.target) for file in files], "shrunk": [file.to_dict() for file in files]}
    lines = [str(file) for file in files]
    if options.picture:
        from wannb.ui.shrink_plot import plot_shrunk

        options.picture.parent.mkdir(parents=True, exist_ok=True)
        plot_shrunk(files).savefig(options.picture, dpi=130)
        data["picture"] = str(options.picture)
        lines.append(f"Drew {options.picture}.")
    if options.clips:
        data["clips"], comparison = _clips(options.source, files)
        lines.append(f"Wrote {comparison}.")
    return Answer(data, "\n".join(lines))


def _clips(source: Path, files: list) -> tuple[dict[str, str], Path]:
    """The three clips' paths, and one that shows base and new files each beside the old ones."""
    from wannb.export.shrunk_clips import clips
    from wannb.ui.side_by_side import Pair, write

    prompt, made = clips(source, files)
    comparison = made["shrunk"].with_name("shrunk_comparison.mp4")
    labels = {"left_label": "full rank", "right_label": "shrunk"}
    write(comparison, [Pair(prompt, made["base"], made["full"]), Pair(prompt, made["full"], made["shrunk"], **labels)])
    return {name: str(path) for name, path in {**made, "comparison": comparison}.items()}, comparison
