"""Train the lessons that are not trained yet, have a pair proposed for each, and print how good it is in pixels:
`python -m tools.known_best --out runs/known_best`. Takes hours on two cores; --only NAME … does some.
"""

import argparse
from pathlib import Path

from tools.known_best.lessons import BROKEN, LESSONS
from tools.trained import trained
from wannb.data.video import probe, read_frames
from wannb.demo import SCORE
from wannb.runs.choosing import Proposal, propose
from wannb.runs.clips.shelf import Shelf
from wannb.runs.clips.wish import Wish
from wannb.runs.run import Run


def main() -> None:
    parser = argparse.ArgumentParser(prog="tools.known_best", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("runs/known_best"), help="where the runs are")
    parser.add_argument("--only", nargs="+", choices=[*LESSONS, *BROKEN], help="these runs alone")
    options = parser.parse_args()
    print("| run | proposed: in pixels | newest pair | best pair seen | warned of |\n|---|---|---|---|---|")
    for name in options.only or [*LESSONS, *BROKEN]:
        run = _run(name, options.out)
        print(_line(name, run, propose(run, make=True)), flush=True)


def _run(name: str, out: Path) -> Run:
    if name in BROKEN:
        _run(BROKEN[name].of, out)
        return BROKEN[name].made(name, out)
    return trained(LESSONS[name].job(name, out))


def _line(name: str, run: Run, found: Proposal) -> str:
    seen = [(row.high, row.low) for row in found.table]
    shown = {pair: score for pair in seen if (score := _score(run, *pair)) is not None}
    newest, best = max(seen, key=lambda pair: (min(pair), max(pair))), max(shown, key=shown.get)
    cells = [name, *(_told(pair, shown) for pair in ((found.high, found.low), newest, best))]
    return f"| {' | '.join(cells)} | {' '.join(found.warnings)} |"


def _told(pair: tuple[int, int], shown: dict[tuple[int, int], float]) -> str:
    return f"{pair[0]} × {pair[1]}: {shown[pair]:.0f}" if pair in shown else f"{pair[0]} × {pair[1]}"


def _score(run: Run, high: int, low: int) -> float | None:
    """The mean over the held-out prompts of what the kind is judged by; None without clips."""
    clips = [Shelf(run).find(Wish.of(sample, high, low)) for sample in run.config.samples]
    score = SCORE[run.config.wannb.kind][1]
    scores = [score(read_frames(clip.video, range(probe(clip.video).frames))) for clip in clips if clip]
    return sum(scores) / len(scores) if scores else None


if __name__ == "__main__":
    main()
