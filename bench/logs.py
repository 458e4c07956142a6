"""How long it takes to open a run of a million steps, to follow it, and to draw a column of it."""

import json
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.measured import Measured
from wannb.job import Job
from wannb.runs.run import Run
from wannb.runs.rundir import RunDir
from wannb.ui.monitor.monitor import Monitor

TRIES = 5
LOOKS = 50  # of a follower, with one new row each


def logs(rows: int) -> list[Measured]:
    """Write the metrics of `rows` steps of two experts, batch 4, and read them in the ways that widgets do."""
    with tempfile.TemporaryDirectory() as folder:
        job = Job.recipe("motion", "i2v", data=Path(folder), name="bench")
        job.training_folder = folder
        job.run_dir.mkdir()
        job.save(job.run_dir / "config.yaml")
        path = job.run_dir / "metrics.jsonl"
        with open(path, "wb") as file:
            file.writelines(map(row, range(1, rows + 1)))
        size = f"{rows:,} rows, {path.stat().st_size / 1e6:.0f} MB"
        return [*opened(job.run_dir, size), *followed(job.run_dir, size), *monitored(job.run_dir, size)]


def opened(path: Path, size: str) -> list[Measured]:
    return [
        timed(f"open a run: step, state, repr ({size})", lambda: (Run(path).step, Run(path).state, repr(Run(path)))),
        timed("its last 100 rows", lambda: list(Run(path).tail(100))),
        timed("a column of numbers, the file read anew", lambda: Run(path).metrics()["loss"]),
        timed("the loss of one expert by step", lambda: by_step(Run(path), "high")),
    ]


def by_step(run: Run, stage: str) -> tuple:
    own = run.metrics().of(stage)
    return own["step"], own["loss"]


def followed(path: Path, size: str) -> list[Measured]:
    """A look with one new row, after the first one, which takes all that is there."""
    follower = Run(path).follow("stage", "loss")
    began = time.perf_counter()
    step = follower.new()[-1]["step"]
    first, looks = time.perf_counter() - began, []
    with open(RunDir(path).metrics, "ab", buffering=0) as file:
        for new in range(step + 1, step + 1 + LOOKS):
            file.write(row(new))
            looks.append(seconds(follower.new))
    return [Measured(f"follow it from the start ({size})", [first] * 2), Measured("one new row of it", looks)]


def monitored(path: Path, size: str) -> list[Measured]:
    """The monitor's first answer to a browser, the looks until it has read everything, and those with one new row."""
    opens = [seconds(lambda: answer(Monitor(path), [None])) for _ in range(TRIES)]
    monitor, reading, looks, have = Monitor(path), [], [], [None]
    while have[0] is None or have[0]["reading"]:
        began = time.perf_counter()
        have = answer(monitor, have)
        reading.append(time.perf_counter() - began)
    with open(RunDir(path).metrics, "ab", buffering=0) as file:
        for new in range(have[0]["steps"] + 1, have[0]["steps"] + 1 + LOOKS):
            file.write(row(new))
            began = time.perf_counter()
            have = answer(monitor, have)
            looks.append(time.perf_counter() - began)
    return [
        Measured(f"the monitor's first picture ({size})", opens),
        Measured("one look of it while it reads the rest", reading),
        Measured("one look of it with one new row", looks),
    ]


def answer(monitor: Monitor, have: list) -> list[dict]:
    """What the monitor tells a browser that has `have`."""
    heard: list = []
    monitor.send = lambda content, buffers=None: heard.append(content)
    view = {"low": 1, "high": None, "columns": 700, "cells": 110, "keep": 0.95}
    monitor._handle_custom_msg({"ask": {"view": view, "have": have, "chosen": 0}}, [])
    return heard[-1]["news"]


def timed(what: str, look: Callable[[], object]) -> Measured:
    return Measured(what, [seconds(look) for _ in range(TRIES)])


def seconds(look: Callable[[], object]) -> float:
    began = time.perf_counter()
    look()
    return time.perf_counter() - began


def row(step: int) -> bytes:
    """One line as the trainer writes it, about 620 bytes."""
    numbers = random.Random(step)
    losses = [numbers.random() for _ in range(4)]
    facts = {
        "step": step,
        "stage": "high" if (step - 1) // 10 % 2 == 0 else "low",
        "timesteps": [1000 * numbers.random() for _ in losses],
        "loss": sum(losses) / 4,
        "loss_parts": {"flow": sum(losses) / 4},
        "losses": losses,
        "lr": 1e-4,
        "grad_norm": numbers.random(),
        "seconds": 4.2,
        "tokens": 32760,
        "datasets": [0] * 4,
        "items": [f"clip_{numbers.randrange(30):02d}.mp4 832x480x81" for _ in losses],
        "dropped": [False] * 4,
        "time": 1.7e9 + 4.2 * step,
    }
    return json.dumps(facts).encode() + b"\n"
