"""Write the grid of a run's clips, prompts by checkpoints, as one page that plays without a server and without net."""

import argparse
import sys
from pathlib import Path

from wannb.cli.answer import Answer
from wannb.cli.numbers import megabytes
from wannb.refusal import Refusal

HELP = "the checkpoint grid as a page, with figures under each clip and a proposed pair"
PAGE = "compare.html"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="RUN", help="the run directory")
    parser.add_argument("-o", "--out", type=Path, metavar="PAGE.html", help=f"where to write it (the run's {PAGE})")
    parser.add_argument(
        "--most-mb", type=megabytes, default=150, metavar="MB", help="the page's size, above which clips shrink (150)"
    )


def run(options: argparse.Namespace) -> Answer:
    from wannb.ui.compare.gathered import gathered
    from wannb.ui.compare.page import write_compare_page

    path = options.out or options.folder / PAGE
    if path.is_dir() or path.suffix.lower() not in (".html", ".htm"):
        raise Refusal(f"The page cannot be written to {path}: give a name that ends in .html.")
    said = _Said()
    shown = gathered(options.folder, said)
    page = write_compare_page(path, shown, options.most_mb, said)
    facts = {"page": str(page.path), "bytes": page.bytes, "clip_width": page.width}
    return Answer({**shown.to_dict(), **facts}, _text(shown.proposal, page))


class _Said:
    """Progress on stderr, each phase once."""

    def __init__(self) -> None:
        self.phase = ""

    def __call__(self, words: str) -> None:
        phase = words.split(" clip ")[0]
        if phase and phase != self.phase:
            self.phase = phase
            print(f"{words} …", file=sys.stderr)


def _text(proposal: dict | None, page) -> str:
    lines = [f"Wrote {page.path} ({page.bytes / 1e6:.1f} MB): open it in a browser."]
    if page.width:
        lines.append(f"Its clips are scaled down to {page.width} pixels, to stay below --most-mb.")
    if proposal:
        lines.append(f"Proposed: high {proposal['high']}, low {proposal['low']}.")
        lines += [f"  {one}" for one in (*proposal["reasons"], *proposal["warnings"])]
    return "\n".join(lines)
