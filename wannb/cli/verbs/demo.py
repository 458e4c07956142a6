"""The main job on the tiny Wan and a bundled clip set: inspect, cache, train both experts, preview, export, score."""

import argparse
from pathlib import Path

from wannb.cli.answer import Answer
from wannb.cli.progress import ShellProgress

HELP = "train a LoRA pair on the tiny Wan here and now, and score it against the base"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--task", choices=("i2v", "t2v"), default="i2v", help="image- or text-to-video (i2v)")
    parser.add_argument("--kind", choices=("motion", "style", "character"), default="motion", help="of what (motion)")
    parser.add_argument("--out", type=Path, default=Path("wannb-demo"), metavar="DIR", help="where to (wannb-demo)")


def run(options: argparse.Namespace) -> Answer:
    from wannb.demo import run_demo

    result = run_demo(options.task, options.kind, options.out, ShellProgress())
    data = {
        "run": str(result.run),
        "export": str(result.export),
        "seconds": result.seconds,
        "scores": result.scores,
        "clips": result.clips,
    }
    return Answer(data, _text(data))


def _text(data: dict) -> str:
    scores = data["scores"]
    lines = [f"base {scores['base']}, LoRA {scores['lora']}, in {data['seconds']:.0f} s."]
    lines += [f"  {clip['prompt']}\n    base {clip['base']}\n    LoRA {clip['lora']}" for clip in data["clips"]]
    lines += [f"The run is in {data['run']}, the two LoRA files are in {data['export']}."]
    return "\n".join(lines)
