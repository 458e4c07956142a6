"""A run as a reader sees it: its job, metrics, checkpoints and previews, from the run directory alone."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wannb.job import Job
from wannb.refusal import Refusal
from wannb.runs import asking, events, liveness, metrics, standing
from wannb.runs.columns import Columns
from wannb.runs.following import Follower
from wannb.runs.rundir import RunDir
from wannb.runs.whole import is_whole


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
    """The run in the directory `path`, from any process that sees it: reads it anew at every call, and writes nothing
    but requests to the process that trains. Raises Refusal where no run is."""

    def __init__(self, path: str | Path):
        self.dir = RunDir(Path(path))
        if not self.dir.known:
            raise Refusal(f"{path} holds no run (no config.yaml): give the folder that training wrote.")

    @property
    def path(self) -> Path:
        return self.dir.path

    @property
    def config(self) -> Job:
        """The job as it trains now, also where that was changed on the way; raises Refusal while a run that was not
        launched is still being prepared."""
        return Job.load(self.dir.launch if self.dir.launch.exists() and not self.dir.begun else self.dir.config)

    @property
    def alive(self) -> bool | None:
        """Whether a process trains the run now; None where it does so on another host, which cannot be asked."""
        return liveness.alive(self.dir)

    @property
    def state(self) -> str:
        """One of `standing.STATES`: starting, training, paused, done, stopped, died, silent."""
        return standing.state_of(self.dir)

    def status(self) -> dict[str, Any]:
        """Return where the run stands, as `wannb status --json` tells it: `state`, `step` of `steps`, `s_per_step`,
        `eta_s`, `loss` by expert, `preview` (the newest clip) and more; None where something is not known."""
        known = self.dir.begun or self.dir.launch.exists()
        return standing.status(self.dir, self.config.train.steps if known else None)

    def stop(self, wait: float | None = None) -> int | None:
        """Ask the run to finish its step, save and leave.

        This and the other requests return at once, or with `wait` as soon as the run has answered, with the step after
        which it was done. They raise Refusal where nobody trains the run, where it says no, and after `wait` seconds.
        """
        return asking.ask(self.dir, "stop", wait)

    def pause(self, wait: float | None = None) -> int | None:
        """Ask the run to save and wait, keeping its memory, until `go_on` or `stop`."""
        return asking.ask(self.dir, "pause", wait)

    def go_on(self, wait: float | None = None) -> int | None:
        """Ask a paused run to train on."""
        return asking.ask(self.dir, "go on", wait)

    def save(self, wait: float | None = None) -> int | None:
        """Ask for a checkpoint after the step that is under way."""
        return asking.ask(self.dir, "save", wait)

    def preview(self, wait: float | None = None) -> int | None:
        """Ask for the preview clips after the step that is under way."""
        return asking.ask(self.dir, "preview", wait)

    def set(
        self,
        lr: float | None = None,
        lr_high: float | None = None,
        lr_low: float | None = None,
        steps: int | None = None,
        prompts: list[str | dict[str, Any]] | None = None,
        wait: float | None = None,
    ) -> int | None:
        """Change the job from the run's next step on, in its `config.yaml` too; what changed is in the events.

        lr: the rate of both experts, lr_high and lr_low: of one; each as the job file has it, before its schedule.
        steps: where the run ends, not before the step it is at. prompts: the previews; a string takes the place of a
        sample's prompt and keeps its first frame and seed, a mapping (`{"prompt": …, "ctrl_img": …}`) is a new sample.
        """
        rates = {name: one for name, one in (("both", lr), ("high", lr_high), ("low", lr_low)) if one is not None}
        wishes = [("lr", rates)] if rates else []
        wishes += [("steps", {"steps": steps})] if steps is not None else []
        wishes += [("prompts", {"prompts": prompts})] if prompts is not None else []
        return asking.change(self, wishes, wait)

    def metrics(self) -> Columns:
        """Return one row a step, oldest first: `metrics()[-1]` is a row, `metrics()["loss"]` a column."""
        return metrics.columns(self.dir.metrics)

    def tail(self, count: int = 1) -> Columns:
        """Return the last `count` rows of the metrics without reading those before."""
        return metrics.tail(self.dir.metrics, count)

    def follow(self, *names: str) -> Follower:
        """Return what gives the new rows of the metrics at each call of its `new()`; it keeps the columns `names`."""
        return Follower(self.dir.metrics, *names)

    @property
    def step(self) -> int:
        """The last step that was recorded, 0 before the first."""
        return max((row["step"] for row in self.tail()), default=0)

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

    def __fspath__(self) -> str:
        """A run can be given wherever its folder can."""
        return str(self.path)

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r}, step {self.step}, {len(self.checkpoints)} checkpoints)"

    def _checkpoint(self, step: int | None) -> Checkpoint:
        high, low = (self.dir.checkpoint(expert, step) for expert in ("high", "low"))
        return Checkpoint(step, high if is_whole(high) else None, low if is_whole(low) else None)

    def _previews(self, step: int) -> list[Preview]:
        files = sorted((self.dir.previews / f"{step:09d}").glob("*.json"), key=lambda file: int(file.stem))
        return [_preview(step, file) for file in files]


def _preview(step: int, facts: Path) -> Preview:
    video, poster = facts.with_suffix(".mp4"), facts.with_suffix(".jpg")
    return Preview(step, int(facts.stem), video, poster, json.loads(facts.read_text(encoding="utf-8")))
