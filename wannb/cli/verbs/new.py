"""Write a job file from a recipe: the guides' advice for a kind of LoRA, a task and a card, on a folder of clips.

Image-to-video previews start from first frames of the clips, which are written beside the job file.
"""

import argparse
import shutil
from pathlib import Path

from wannb.cli.answer import Answer
from wannb.cli.findings import counted, listed
from wannb.refusal import Refusal

HELP = "a job file from a recipe"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", choices=("motion", "style", "character"), help="what is learned")
    parser.add_argument("--task", choices=("i2v", "t2v"), default="i2v", help="image- or text-to-video (i2v)")
    parser.add_argument("--vram", type=float, default=24, metavar="GB", help="memory of the card (24)")
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER", help="the clips and their .txt captions")
    parser.add_argument("--name", help="the training's name; its folder and files are called so")
    parser.add_argument("--trigger", metavar="WORD", help="short and rare; style and character make one up without it")
    parser.add_argument("-o", "--out", type=Path, metavar="JOB.yaml", help="where to write it (the name, here)")


def run(options: argparse.Namespace) -> Answer:
    from wannb.data.preflight import check
    from wannb.job import Job

    if not options.data.is_dir():
        raise Refusal(f"There is no folder {options.data}: give --data the folder of your clips.")
    # Absolute, so that the job file may lie elsewhere than where this was typed.
    data = options.data.resolve()
    job = Job.recipe(options.kind, options.task, options.vram, data, options.name, options.trigger)
    target = options.out or Path(f"{job.name}.yaml")
    if target.exists():
        raise Refusal(f"{target} is there already: choose another name with -o, or remove it.")
    _save(job, target)
    found = check(job)
    text = f"Wrote {target} ({counted(found)})." + (f"\n{listed(found)}" if found else "")
    return Answer({"job": str(target), "findings": [finding.to_dict() for finding in found]}, text)


def _save(job, target: Path) -> None:
    """Write the job with the first frames it lacks; on failure nothing of it is left."""
    from wannb.data.first_frames import give_first_frames

    folder = target.with_name(f"{target.stem}_first_frames")
    there = set(folder.parent.glob(f"{folder.name}*"))
    frames = give_first_frames(job, folder)
    try:
        job.save(target)
    except BaseException:
        for made in {frame.parent for frame in frames} - {one.resolve() for one in there}:
            shutil.rmtree(made)
        raise
