"""A run as a reader sees it: its job, metrics, checkpoints and previews, from the run directory alone."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from wannb.job import Job
from wannb.refusal import Refusal
from wannb.runs import events, metrics
from wannb.runs.rundir import RunDir


@dataclass(frozen=True)
class Checkpoint:
    """The LoRA files after `step` (None: the final ones); an expert that was not trained has none."""

    step: int | None
    high: Path | None
    low: Path | None


@dataclass(frozen=True)
class Preview:
    """One finished preview clip: `facts` holds prompt, seed, size and the rest."""

    step: int
    index: int
    video: Path
    poster: Path
    facts: dict[str, Any]


class Run:
    """The run in the directory `path`; reads it anew at every call and never writes. Raises Refusal where none is."""

    def __init__(self, path: str | Path):
        self.dir = RunDir(Path(path))
        if not self.dir.begun:
            raise Refusal(f"{path} holds no run (no config.yaml): give the folder that training wrote.")

    @property
    def path(self) -> Path:
        return self.dir.path

    @cached_property
    def config(self) -> Job:
        """The job that the run was begun with."""
        return Job.load(self.dir.config)

    def metrics(self) -> list[dict[str, Any]]:
        """Return one row a step, oldest first."""
        return metrics.read(self.dir.metrics)

    def validation(self) -> list[dict[str, Any]]:
        """Return one row for each measurement of an expert on the validation clips, oldest first; none where
        `wannb.validate_every` is 0."""
        return metrics.read(self.dir.validation)

    def events(self) -> list[dict[str, Any]]:
        """Return what happened, oldest first."""
        return events.read(self.dir.events)

    @property
    def checkpoints(self) -> list[Checkpoint]:
        """The saved LoRA pairs by step, the final one last."""
        found = [self._checkpoint(step) for step in [*self.dir.checkpoint_steps(), None]]
        return [checkpoint for checkpoint in found if checkpoint.high or checkpoint.low]

    @property
    def previews(self) -> list[Preview]:
        """The finished clips by step and index."""
        return [preview for step in self.dir.preview_steps() for preview in self._previews(step)]

    def checkpoint(self, step: int | None = None) -> Checkpoint:
        """Return the checkpoint of `step`; without one the final, or else the newest. Raises Refusal naming those that
        exist."""
        found = self.checkpoints
        if step is None and found:
            return found[-1]
        for checkpoint in found:
            if checkpoint.step == step:
                return checkpoint
        have = ", ".join("final" if one.step is None else str(one.step) for one in found) or "none yet"
        raise Refusal(f"{self.path} has no checkpoint of step {step}: there are {have}.")

    def __repr__(self) -> str:
        rows = self.metrics()
        return f"Run({str(self.path)!r}, step {rows[-1]['step'] if rows else 0}, {len(self.checkpoints)} checkpoints)"

    def _checkpoint(self, step: int | None) -> Checkpoint:
        high, low = (self.dir.checkpoint(expert, step) for expert in ("high", "low"))
        return Checkpoint(step, high if high.exists() else None, low if low.exists() else None)

    def _previews(self, step: int) -> list[Preview]:
        files = sorted((self.dir.previews / f"{step:09d}").glob("*.json"), key=lambda file: int(file.stem))
        return [_preview(step, file) for file in files]


def _preview(step: int, facts: Path) -> Preview:
    video, poster = facts.with_suffix(".mp4"), facts.with_suffix(".jpg")
    return Preview(step, int(facts.stem), video, poster, json.loads(facts.read_text(encoding="utf-8")))
