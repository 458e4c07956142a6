"""The main job on the tiny Wan and a bundled clip set: inspect, cache, train both experts, preview, export, score."""

import argparse
from pathlib import Path

from wannb.cli.answer import Answer
from wannb.cli.imports import collector_at_rest
from wannb.cli.progress import ShellProgress

HELP = "train a LoRA pair on the tiny Wan here and now, and score it against the base"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--task", choices=("i2v", "t2v"), default="i2v", help="image- or text-to-video (i2v)")
    parser.add_argument("--kind", choices=("motion", "style", "character"), default="motion", help="of what (motion)")
    parser.add_argument("--out", type=Path, default=Path("wannb-demo"), metavar="DIR", help="where to (wannb-demo)")


def run(options: argparse.Namespace) -> Answer:
    with collector_at_rest():
        from wannb.demo import run_demo

    result = run_demo(options.task, options.kind, options.out, ShellProgress())
    data = {
        "run": str(result.run),
        "export": str(result.export),
        "seconds": result.seconds,
        "unit": result.unit,
        "scores": result.scores,
        "clips": result.clips,
        "comparison": str(result.comparison),
    }
    return Answer(data, _text(data))


def _text(data: dict) -> str:
    lines = [f"{clip['prompt']}: {_scores(clip['scores'])}" for clip in data["clips"]]
    lines += [f"On average: {_scores(data['scores'])} {data['unit']}, in {data['seconds']:.0f} s."]
    lines += ["", f"Look at      {data['comparison']}  (base beside LoRA)"]
    lines += [f"LoRA files   {data['export']}  (with a ComfyUI workflow that loads them)"]
    lines += [f"The run      {data['run']}"]
    return "\n".join(lines)


def _scores(scores: dict) -> str:
    return f"base {scores['base']}, LoRA {scores['lora']}"
