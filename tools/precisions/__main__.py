"""Train the lesson over experts of each precision where that is not done yet, hold it against whole experts, and write
the table into docs/measured.md (`make precisions`).

About an hour and a half on one core. A lesson that was interrupted goes on where it was saved.
"""

import sys
from pathlib import Path

from tools.measured_page import asked, write_between
from tools.precisions.lessons import RECOVERED, SEEDS, WAYS, adapter, lesson
from tools.precisions.measures import Held, Seen
from tools.precisions.table import REFERENCE, markdown
from tools.trained import trained
from wannb.cli.progress import ShellProgress
from wannb.runs.ara import ara


def main() -> None:
    options = asked("precisions", __doc__)
    whole = {seed: _seen(REFERENCE, options.out, seed) for seed in SEEDS}
    _adapter(options.out)
    ways = {
        name: [Held.against(_seen(name, options.out, seed), whole[seed]) for seed in way.seeds]
        for name, way in WAYS.items()
    }
    table = markdown(ways)
    write_between(options.into, "precisions", table)
    print(table)


def _seen(name: str, out: Path, seed: int) -> Seen:
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
