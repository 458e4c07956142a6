"""A run directory written by hand, as a training would have written it, with this process as its trainer."""

import json
import random
import shutil
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from tests.train import small_job
from wannb.runs import liveness, metrics
from wannb.runs.claim import claimed
from wannb.runs.events import Events
from wannb.runs.lines import LineWriter
from wannb.runs.run import Run
from wannb.runs.rundir import RunDir

BLOCK = 10


class MadeRun:
    """`with MadeRun(folder) as made:` a run of `total` steps that "trains" inside the block; `dir` is its directory."""

    def __init__(self, folder: Path, total: int = 400, name: str = "small") -> None:
        self.job = small_job.job(folder, folder, steps=total, switch_boundary_every=BLOCK)
        self.job.name = name
        self.dir, self.step = RunDir(self.job.run_dir), 0
        self._open = ExitStack()

    def __enter__(self) -> Self:
        self._open.enter_context(claimed(self.dir))
        liveness.announce(self.dir)
        self.job.save(self.dir.config)
        self.event("started", steps=self.job.train.steps, resumed=False)
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """Have nobody train the run any more."""
        self._open.close()

    @property
    def run(self) -> Run:
        return Run(self.dir.path)

    def train(self, until: int) -> None:
        lines, numbers = LineWriter(self.dir.metrics), random.Random(self.step)
        for step in range(self.step + 1, until + 1):
            stage = "high" if (step - 1) // BLOCK % 2 == 0 else "low"
            loss = (0.2 if stage == "high" else 0.12) * (0.6 + 0.4 * 0.99**step) * numbers.uniform(0.7, 1.3)
            lines.append({"step": step, "stage": stage, "loss": loss, "seconds": 3.2})
        lines.close()
        self.step = until

    def back_to(self, step: int) -> None:
        """What a resume does: the steps after `step` are written again."""
        metrics.truncate(self.dir.metrics, step)
        self.step = step
        self.event("started", steps=self.job.train.steps, resumed=True)

    def event(self, event: str, **facts: Any) -> None:
        events = Events(self.dir.events)
        events.add(event, self.step, **facts)
        events.close()

    def answer(self, kind: str, **facts: Any) -> None:
        """Take what waits in `control/` as a training does."""
        for path in self.dir.control.glob("*.json"):
            path.unlink()
        self.event("control", kind=kind, id="0", **facts)

    def told(self, phase: str, done: int, total: int) -> None:
        facts = {"phase": phase, "done": done, "total": total, "time": datetime.now(UTC).timestamp()}
        self.dir.progress.write_text(json.dumps(facts))

    def preview(self, step: int, clip: Path, prompt: str = "[trigger] red circle moves left", **facts: Any) -> None:
        video = self.dir.preview(step, 0, ".mp4")
        video.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(clip, video)
        self.dir.preview(step, 0, ".json").write_text(json.dumps({"prompt": prompt, "seed": 42} | facts))
        self.event("previewed")
