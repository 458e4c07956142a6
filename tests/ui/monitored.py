"""Runs for the monitor's tests: rows as a trainer writes them, with timesteps, rates, pace and memory."""

import json
from pathlib import Path

import numpy as np

from tests.ui.made_run import BLOCK, MadeRun
from wannb.runs.lines import LineWriter


def row(step: int, numbers: np.random.Generator, batch: int = 2) -> dict:
    high = (step - 1) // BLOCK % 2 == 0
    timesteps = numbers.uniform(*((900, 1000) if high else (0, 900)), batch)
    losses = (0.25 if high else 0.12) * numbers.lognormal(0, 0.4, batch)
    return {
        "step": step, "stage": "high" if high else "low", "timesteps": timesteps.tolist(), "loss": float(losses.mean()),
        "losses": losses.tolist(), "lr": 1e-4 * min(1, step / 20), "grad_norm": float(numbers.lognormal(-1, 0.3)),
        "delta_norm": {"high": step / 10, "low": step / 20}, "seconds": 4 + float(numbers.normal()) / 10,
        "memory_gib": 61.0, "memory_of": "CUDA reserved", "tokens": 32760,
    }  # fmt: skip


def train(made: MadeRun, until: int, seed: int = 0) -> None:
    """Go on to step `until`."""
    lines, numbers = LineWriter(made.dir.metrics), np.random.default_rng(seed + made.step)
    for step in range(made.step + 1, until + 1):
        lines.append(row(step, numbers))
    lines.close()
    made.step = until


def measure(path: Path, steps: list[int]) -> None:
    """Write validation rows of both experts: losses that fall by 1 % every 10 steps, of three clips."""
    with open(path, "w", encoding="utf-8") as file:
        for step in steps:
            for stage, first, width in (("high", 910, 10), ("low", 90, 90)):
                start = np.linspace(0.5, 0.3, 9)
                now = start * (1 - step / 1000)
                change = float((now - start).mean())
                told = {
                    "step": step, "stage": stage, "loss": float(now.mean()), "since": 0, "difference": change,
                    "ci95": [change - 0.01, change + 0.01], "per_quantile": now.tolist(), "held_out": True,
                    "timesteps": [first + width * k for k in range(9)], "clips": ["a", "b", "c"],
                }  # fmt: skip
                file.write(json.dumps(told) + "\n")


def weigh(path: Path, steps: list[int], blocks: int = 4) -> None:
    """Write norms of both experts: ‖W‖ 100 in every block, ‖ΔW‖ its step times (block + 1) / 100."""
    with open(path, "w", encoding="utf-8") as file:
        for stage in ("high", "low"):
            weights = {str(block): 100.0 for block in range(blocks)}
            file.write(json.dumps({"step": 0, "stage": stage, "of": "weights", "norms": weights}) + "\n")
            for step in steps:
                norms = {str(block): step * (block + 1) / 100 for block in range(blocks)}
                file.write(json.dumps({"step": step, "stage": stage, "of": "delta", "norms": norms}) + "\n")
