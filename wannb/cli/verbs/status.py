"""Where runs stand: one run, or all in a folder and up to two folders down."""

import argparse
from pathlib import Path
from typing import Any

from wannb.cli.answer import Answer
from wannb.refusal import Refusal

HELP = "where runs stand: step, state, pace, time left, loss, newest preview"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folder", type=Path, nargs="?", default=Path(), metavar="RUN|FOLDER", help="a run, or a folder of runs (here)"
    )


def run(options: argparse.Namespace) -> Answer:
    from wannb.runs.standing import runs_in

    if not options.folder.is_dir():
        raise Refusal(f"There is no folder {str(options.folder)!r}.")
    rows = [_status(run.path) for run in runs_in(options.folder)]
    return Answer({"runs": rows}, "\n".join(map(_line, rows)) or f"No runs in {options.folder.resolve()}.")


def _status(path: Path) -> dict[str, Any]:
    """A run's status; where its job cannot be read, that."""
    from wannb.runs.run import Run

    try:
        return Run(path).status()
    except Refusal as refusal:
        return {"run": str(path), "state": "unreadable", "error": str(refusal)}


def _line(row: dict[str, Any]) -> str:
    if "error" in row:
        return f"{row['run']}: {row['state']}: {row['error']}"
    parts = [f"{row['run']}: {row['state']}", f"step {row['step']}/{row['steps'] or '?'}"]
    phase = row["phase"]
    if phase and phase["phase"] not in ("training", "paused"):
        parts.append(f"{phase['phase']} {phase['done']}/{phase['total']}")
    if row["s_per_step"] is not None:
        parts.append(f"{row['s_per_step']:.3g} s/step")
    if row["eta_s"] is not None:
        parts.append(f"{_duration(row['eta_s'])} left")
    parts += [f"{expert} loss {loss:.4f}" for expert, loss in sorted(row["loss"].items())]
    return " · ".join(parts + ([row["preview"]] if row["preview"] else []))


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02} min" if minutes >= 60 else f"{minutes} min" if minutes else "< 1 min"
