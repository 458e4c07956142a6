"""Where a run stands, from its files and its process: the words of `Run.state`, the numbers of `wannb status`."""

from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from wannb.runs import liveness, tail
from wannb.runs.liveness import Process
from wannb.runs.rundir import RunDir
from wannb.runs.told import told

STATES = {
    "starting": "its process reads clips and loads the model",
    "training": "it takes steps, or measures, or makes previews",
    "paused": "its process waits for `go_on`",
    "done": "it took all its steps",
    "stopped": "it was asked to leave, and saved",
    "died": "its process is gone without having saved on purpose; it goes on from its last save",
    "silent": "it trains or trained on another host, and wrote nothing for long",
}
WINDOW = 20  # rows of which a step's seconds are the median
DEEP = 2  # folders below the one that is looked through


def state_of(run: RunDir) -> str:
    """Return one of STATES."""
    process, alive = liveness.trainer_of(run), liveness.alive(run)
    since = _since(process, tail.recent(run.events))
    last = since[-1] if since else {}
    if last.get("event") == "stopped":
        return "done" if last.get("reason") == "done" else "stopped"
    if alive is None and liveness.silent_for(run) > liveness.FRESH:
        return "silent"
    if alive is False or last.get("event") == "died":
        return "died"
    if not since:
        return "starting"
    asked = [row["kind"] for row in since if row.get("kind") in ("pause", "go on") and "refused" not in row]
    return "paused" if asked and asked[-1] == "pause" else "training"


def status(run: RunDir, steps: int | None) -> dict[str, Any]:
    """Return where the run stands on its way to step `steps`; None for what is not known. Times are in seconds."""
    rows = [row for row in tail.recent(run.metrics) if isinstance(row.get("step"), int)]
    state, process = state_of(run), liveness.trainer_of(run)
    step = rows[-1]["step"] if rows else 0
    pace = median(row["seconds"] for row in rows[-WINDOW:]) if rows else None
    at_work = state in ("starting", "training", "paused")
    left = pace * (steps - step) if at_work and pace is not None and steps is not None else None
    return {
        "run": str(run.path),
        "state": state,
        "step": step,
        "steps": steps,
        "s_per_step": pace,
        "eta_s": left,
        "loss": {row["stage"]: row["loss"] for row in rows},
        "preview": _newest_preview(run),
        "phase": told(run.progress) or None if at_work else None,
        "pid": process.pid if process and at_work else None,
        "host": process.host if process else None,
    }


def runs_in(folder: Path) -> Iterator[RunDir]:
    """Yield the runs in `folder`, itself or up to two folders down, by name."""
    if RunDir(folder).known:
        yield RunDir(folder)
        return
    for depth in range(1, DEEP + 1):
        for path in sorted(folder.glob("/".join("*" * depth))):
            run = RunDir(path)
            if path.is_dir() and run.known and not any(RunDir(one).known for one in path.parents):
                yield run


def _since(process: Process | None, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the events of the process that has the run now, or had it last."""
    return [row for row in events if process is None or str(row.get("time", "")) >= process.at]


def _newest_preview(run: RunDir) -> str | None:
    for step in reversed(run.preview_steps()):
        if run.preview(step, 0, ".json").exists():
            return str(run.preview(step, 0, ".mp4"))
    return None
