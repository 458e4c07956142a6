"""Look at a folder of clips as training will see it: the frames and sizes that will be taken, every finding."""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

from wannb.cli.answer import Answer
from wannb.cli.numbers import count, share
from wannb.cli.progress import ShellProgress
from wannb.job.guides.facts import KINDS
from wannb.refusal import Refusal
from wannb.words import tell

FRAMES = ("num_frames", "fps", "windows", "auto_frame_count")
SETTINGS = (*FRAMES, "resolutions", "caption_ext", "default_caption", "trigger", "caption_dropout")
SOON = 2.0  # seconds that need no word
HELP = "the clip report: what will be sampled, and every finding"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, help="the clips and their captions")
    parser.add_argument("--num-frames", type=count, metavar="N", help="frames a clip is trained with (41)")
    parser.add_argument(
        "--resolution", dest="resolutions", type=count, nargs="+", metavar="R", help="bucket sizes (512 768)"
    )
    parser.add_argument("--caption-ext", metavar="EXT", help="ending of the caption files (txt)")
    parser.add_argument("--default-caption", metavar="TEXT", help="for clips without a caption file")
    parser.add_argument("--fps", type=count, metavar="N", help="take frames at this true rate, not evenly")
    parser.add_argument("--windows", type=count, metavar="N", help="pieces of each clip, with --fps (1)")
    parser.add_argument("--auto-frame-count", action="store_true", help="as many frames as each clip has (at 16 fps)")
    parser.add_argument("--trigger", metavar="WORD", help="the job's trigger word")
    parser.add_argument("--caption-dropout", type=share, metavar="P", help="the job's caption dropout, to be shown (0)")
    parser.add_argument("--kind", choices=KINDS, help="what the LoRA is to learn: captions are judged by it")
    parser.add_argument("--html", type=Path, metavar="PAGE.html", help="write the report as a page, pictures in it")


def run(options: argparse.Namespace) -> Answer:
    from wannb.data.inspected import inspected

    if options.windows and (options.auto_frame_count or not options.fps):
        raise Refusal("Windows are pieces at a true rate: give --windows with --fps and without --auto-frame-count.")
    given = {name: getattr(options, name) for name in SETTINGS}
    given["shrink_video_to_frames"] = options.fps is None
    given = {name: value for name, value in given.items() if value is not None}
    folder = inspected(options.folder, options.kind, _progress(), **given)
    if options.html:
        _write_page(options.html, folder)
    errors = [finding for finding in folder.findings if finding.severity == "error"]
    failed = " ".join(f"{tell(error.message)} {tell(error.fix)}".strip() for error in errors)
    return Answer(folder.to_dict(), repr(folder), failed)


def _progress() -> Callable[[int, int], None]:
    """What says how far the looking is, once it takes its time."""
    shown, began = ShellProgress(), time.monotonic()

    def told(done: int, of: int) -> None:
        if time.monotonic() - began > SOON:
            shown("looking at clips", done, of)

    return told


def _write_page(path: Path, folder) -> None:
    from wannb.ui.clip_page import write_clip_page

    if path.is_dir() or path.suffix.lower() not in (".html", ".htm"):
        raise Refusal(f"The page cannot be written to {path}: give a name that ends in .html.")
    write_clip_page(path, folder)
    print(f"The page is {path}.")
