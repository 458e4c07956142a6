"""The logs of any trainer in the shape of a run's metrics: AI Toolkit, musubi-tuner, diffusion-pipe, and ours."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from wannb.refusal import Refusal
from wannb.runs import ai_toolkit_log, event_files, metrics
from wannb.runs.columns import Columns, Table
from wannb.runs.event_files import Scalar

KNOWN = (
    f"AI Toolkit's {ai_toolkit_log.NAME}, TensorBoard event files (musubi-tuner, diffusion-pipe, AI Toolkit, wannb) "
    "and metrics.jsonl, each by its path or by the folder that it lies in"
)
LOSS = ("loss", "loss/loss", "loss/current", "train/loss")
"""AI Toolkit in TensorBoard and in SQLite, musubi-tuner, diffusion-pipe."""
RATE = ("lr", "learning_rate", "lr/unet", "lr/group0", "train/automagic_avg_lr")
"""The same; diffusion-pipe tells its rate only where the optimizer finds it."""
BY_EPOCH = ("loss/epoch", "train/epoch_loss")
"""Curves whose steps are epochs."""
STAGES = ("high", "low")


def read_log(path: str | Path) -> Columns:
    """Return a log as columns: step, loss, lr, stage, seconds, time, and what else was logged by its own name.

    stage is None and lr NaN where the log does not tell. seconds are those between two logged steps, by the step:
    previews and pauses count in other trainers' logs. Where a resume wrote steps again the later ones hold.
    Raises Refusal, naming what is known, for anything else.
    """
    path = Path(path)
    if not path.exists():
        raise Refusal(f"There is no {path}: give {KNOWN}.")
    found = _logs_in(path) if path.is_dir() else [path]
    if not found:
        raise Refusal(f"{path} holds no log that is known. Known are {KNOWN}.")
    return _read(found)


def _logs_in(folder: Path) -> list[Path]:
    """Return the files of the one log in `folder`, or in the folders below where it holds none itself."""
    own = _logs_of(folder)
    if own:
        return own
    below = {file.parent for file in folder.rglob(event_files.PATTERN)}
    below |= {file.parent for name in (ai_toolkit_log.NAME, "metrics.jsonl") for file in folder.rglob(name)}
    logs = [log for one in sorted(below) if (log := _logs_of(one))]
    if len(logs) > 1:
        names = ", ".join(str(log[0].parent.relative_to(folder)) for log in logs)
        raise Refusal(f"{folder} holds the logs of {len(logs)} runs: give the folder of one of them ({names}).")
    return logs[0] if logs else []


def _logs_of(folder: Path) -> list[Path]:
    for name in ("metrics.jsonl", ai_toolkit_log.NAME):
        if (folder / name).is_file():
            return [folder / name]
    files = sorted(file for file in folder.glob(event_files.PATTERN) if file.is_file())
    # accelerate leaves a second file, of settings, in a folder of its own
    return files if any(True for file in files for _ in event_files.read(file)) else []


def _read(files: list[Path]) -> Columns:
    with open(files[0], "rb") as file:
        head = file.read(16)
    if head == ai_toolkit_log.MAGIC:
        return _shaped(ai_toolkit_log.read(files[0]), files[0], ai_toolkit_log.stage(files[0]))
    if "tfevents" in files[0].name:
        return _shaped(_later_ones(files), files[0])
    rows = metrics.columns(files[0])
    if not rows:
        raise Refusal(f"{files[0]} is no log that is known, or has no step yet. Known are {KNOWN}.")
    return rows if "loss" in rows and "lr" in rows else _shaped(_numbers(rows), files[0])


def _later_ones(files: list[Path]) -> list[Scalar]:
    """Return the scalars of `files`; each file is a resume and takes back the steps from its first one on."""
    kept: list[Scalar] = []
    for file in files:
        new = list(event_files.read(file))
        first = min((one.step for one in new if one.tag not in BY_EPOCH), default=None)
        kept = [one for one in kept if first is None or one.step < first or one.tag in BY_EPOCH] + new
    return kept


def _numbers(rows: Columns) -> list[Scalar]:
    """Return another trainer's JSON lines as scalars."""
    return [
        Scalar(name, row["step"], float(value), float(row.get("time", np.nan)))
        for row in rows
        for name, value in row.items()
        if type(value) in (int, float) and name not in ("step", "time")
    ]


def _shaped(scalars: Iterable[Scalar], path: Path, stage: str | None = None) -> Columns:
    """Lay `scalars` side by side, one row for each step that has a loss; of a step logged twice the later one holds."""
    rows: dict[int, dict[str, float]] = {}
    tags = set()
    for one in scalars:
        tags.add(one.tag)
        if one.tag not in BY_EPOCH:
            rows.setdefault(one.step, {}).update({one.tag: one.value, "time": one.time})
    by_stage = any(f"loss/{one}" in tags for one in STAGES)
    name = None if by_stage else next((tag for tag in LOSS if tag in tags), None)
    if name is None and not by_stage:
        there = ", ".join(sorted(tags)) or "nothing"
        raise Refusal(f"{path} has no loss: it holds {there}; known are {', '.join(LOSS)}.")
    table = [_row(step, row, name, stage) for step, row in sorted(rows.items())]
    return Columns(Table(_columns([row for row in table if row["loss"] is not None])))


def _row(step: int, row: dict[str, float], loss: str | None, stage: str | None) -> dict[str, object]:
    """Return `row` by our names; where `loss` is None the experts have curves of their own, as we write them."""
    if loss is None:
        stage = next((one for one in STAGES if f"loss/{one}" in row), None)
        row = {tag.removesuffix(f"/{stage}"): value for tag, value in row.items()}
        loss = "loss"
    rate = next((row[tag] for tag in [*RATE, *sorted(row)] if tag in row and (tag in RATE or _is_rate(tag))), np.nan)
    rest = {tag: value for tag, value in row.items() if tag not in (loss, *RATE, "seconds")}
    fixed = {"step": step, "stage": stage, "loss": row.get(loss), "lr": rate, "seconds": row.get("seconds")}
    return fixed | rest


def _is_rate(tag: str) -> bool:
    """Whether `tag` is the rate of one of musubi-tuner's groups, which LoRA+ and modules name; d*lr is no rate."""
    return tag.startswith("lr/") and "*" not in tag


def _columns(rows: list[dict]) -> dict[str, np.ndarray | list]:
    steps = np.array([row["step"] for row in rows], np.int64)
    times = np.array([row.get("time", np.nan) for row in rows])
    taken = np.full(len(rows), np.nan)
    taken[1:] = np.diff(times) / np.diff(steps)
    told = np.array([np.nan if row["seconds"] is None else row["seconds"] for row in rows])
    fixed = {"step": steps, "stage": [row["stage"] for row in rows], "time": times}
    fixed |= {"seconds": np.where(np.isnan(told), taken, told)}
    names = dict.fromkeys(name for row in rows for name in row if name not in fixed)
    rest = {name: np.array([row.get(name, np.nan) for row in rows], float) for name in names}
    return {"step": steps, "stage": fixed["stage"]} | rest | {"seconds": fixed["seconds"], "time": times}
