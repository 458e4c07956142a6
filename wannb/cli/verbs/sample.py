"""Make a clip with any pair of a run's checkpoints; step 0 is the base without LoRA, no step the newest."""

import argparse
from pathlib import Path

from wannb.cli.answer import Answer
from wannb.cli.imports import collector_at_rest
from wannb.cli.numbers import count, step

HELP = "a clip from any pair of checkpoints"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="RUN", help="the run directory")
    parser.add_argument("--high", type=step, metavar="STEP", help="checkpoint of the high-noise expert; 0 is the base")
    parser.add_argument("--low", type=step, metavar="STEP", help="checkpoint of the low-noise expert; 0 is the base")
    parser.add_argument("--prompt", help="instead of the job's first sample's")
    parser.add_argument("--image", type=Path, help="first frame, for image-to-video")
    parser.add_argument("--negative", help="negative prompt")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--steps", type=count, help="denoising steps")
    parser.add_argument("--guidance-scale", type=float, metavar="G")
    parser.add_argument("--width", type=count)
    parser.add_argument("--height", type=count)
    parser.add_argument("--num-frames", type=count)
    parser.add_argument("-o", "--out", type=Path, metavar="CLIP.mp4", help="where to write it (the run's samples/)")


def run(options: argparse.Namespace) -> Answer:
    with collector_at_rest():
        from wannb.runs.sampling import sample

    names = ("high", "low", "prompt", "image", "negative", "seed", "steps", "guidance_scale", "width", "height")
    wanted = {name: getattr(options, name) for name in (*names, "num_frames", "out")}
    clip = sample(options.folder, **wanted)
    return Answer({"clip": str(clip)}, f"Wrote {clip}.")
