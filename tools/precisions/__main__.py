"""Train the lesson over experts of each precision where that is not done yet, hold it against whole experts, and write
the table into docs/measured.md (`make precisions`).

About half an hour on one core. A lesson that was interrupted goes on where it was saved.
"""

import argparse
import sys
from pathlib import Path

from tools.knobs.table import write_between
from tools.precisions.lessons import RECOVERED, SEEDS, WAYS, adapter, lesson
from tools.precisions.measures import Held, Seen
from tools.precisions.table import markdown
from tools.trained import trained
from wannb.cli.progress import ShellProgress
from wannb.runs.ara import ara

PAGE = Path(__file__).resolve().parents[2] / "docs" / "measured.md"


def main() -> None:
    parser = argparse.ArgumentParser(prog="tools.precisions", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("runs/precisions"), help="where the runs are")
    parser.add_argument("--into", type=Path, default=PAGE, help="the file whose table is replaced")
    options = parser.parse_args()
    whole = [_seen(next(iter(WAYS)), options.out, seed) for seed in SEEDS]
    _adapter(options.out)
    others = {name: _seen(name, options.out) for name in list(WAYS)[1:]}
    held = [Held.against(one, whole[0]) for one in whole]
    ways = {name: Held.against(one, whole[0]) for name, one in others.items()}
    table = markdown({next(iter(WAYS)): held[0], **ways}, held[1:])
    write_between(options.into, "precisions", table)
    print(table)


def _seen(name: str, out: Path, seed: int = SEEDS[0]) -> Seen:
    return Seen.of(trained(lesson(name, out, seed)))


def _adapter(out: Path) -> None:
    """Compute the adapter of the lesson's base, unless that was done before."""
    if not adapter(out).exists():
        print(f"{adapter(out).name} …", file=sys.stderr)
        found = ara(lesson(RECOVERED, out), adapter(out), progress=ShellProgress())
        if found.state != "done":
            sys.exit(found.message)


if __name__ == "__main__":
    main()
