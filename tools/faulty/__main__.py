"""Make the clip set in which one of everything is wrong: `python -m tools.faulty datasets/faulty` (needs wannb).

Each file has one fault, save the `good_` ones; the README beside them names it, with the code that the clip report has
for it. What is wrong with a set, or with its settings, is in small sets beside them.
"""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tools.faulty.asked import ASKED, Asked
from tools.faulty.drawing import orbit, turn
from tools.faulty.planted import PLANTED, caption
from tools.faulty.sets import SETS
from wannb.data.video_file import write_mp4

GOOD = 4  # with the rest no more than the thirty that a motion takes


def good(folder: Path) -> Iterator[tuple[str, str]]:
    """Clips that nothing is wrong with, one of them stored turned as phones do."""
    for i in range(GOOD):
        path = folder / f"good_{i:02d}.mp4"
        video = orbit(i)
        write_mp4(path, np.rot90(video, 1, (1, 2)) if i == GOOD - 1 else video)
        if i == GOOD - 1:
            turn(path)
        yield path.name, caption(i)


HEAD = """# A clip set in which one of everything is wrong

Look at it with `wannb inspect datasets/faulty --kind motion --num-frames 33 --resolution 96`. The `good_` clips are in
order. Made by `python -m tools.faulty datasets/faulty`.

| file | code | what is wrong |
|---|---|---|
"""
SMALL = """
## Small sets

What is wrong with a set as a whole, or only with other settings, is in the small sets whose names begin with `_`; there
`.` stands for the folder.

| folder | settings | codes |
|---|---|---|
"""


def main(out: Path) -> None:
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    for name, text in good(out):
        (out / name).with_suffix(".txt").write_text(text + "\n")
    rows = []
    for number, (name, code, wrong, make) in enumerate(PLANTED, GOOD):
        text = make(out / name)
        rows.append(f"| {name} | {code} | {wrong} |\n")
        if text is None and (out / name).is_file() and name != "lonely.txt":
            text = caption(number)
        if text:
            (out / name).with_suffix(".txt").write_text(text + "\n")
    for name, what, fill in SETS:
        (out / name).mkdir()
        fill(out / name)
        rows.append(f"| {name} | set-aside | {what} |\n")
    (out / "README.md").write_text(HEAD + "".join(rows) + SMALL + "".join(map(_asked, ASKED)))


def _asked(one: Asked) -> str:
    found = "; ".join(f"{where} {', '.join(sorted(codes))}" for where, codes in one.codes.items())
    return f"| {one.folder} | {one.flags} | {found} |\n"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
