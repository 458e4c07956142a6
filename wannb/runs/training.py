"""One process's share of a run: steps, files, measurements and clips, from the last saved state on."""

import hashlib
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from wannb.job import Job
from wannb.refusal import Refusal
from wannb.runs import checkpoints, previews, state
from wannb.runs.interrupts import Interrupts, Stopped
from wannb.runs.log import RunLog
from wannb.runs.rundir import RunDir
from wannb.runs.validation import Validation
from wannb.train.caching import Prepared, Progress
from wannb.train.device import device_of
from wannb.train.experts import Experts
from wannb.train.loop import take_step
from wannb.train.micro_batches import Material
from wannb.train.model import Model


@dataclass(frozen=True)
class Result:
    """How training ended: `state` is `done` or `stopped`, `message` one sentence for people."""

    run: Path
    step: int
    state: str
    checkpoints: list[Path]
    message: str

    def to_dict(self) -> dict[str, Any]:
        """Return the object of `wannb train --json`."""
        files = [str(path) for path in self.checkpoints]
        return {**vars(self), "run": str(self.run), "checkpoints": files}


class Training:
    """One process's share of a run: from the last saved state to the end or to the wish to stop."""

    def __init__(self, job: Job, model: Model, run: RunDir, prepared: Prepared, progress: Progress):
        self.job, self.model, self.run, self.progress = job, model, run, progress
        self.experts = Experts.load(job, model.where)
        self.material = Material.of(job, model, prepared, self.experts)
        self.questions = prepared.questions
        self.digest = hashlib.sha256("\n".join(prepared.keys).encode()).hexdigest()
        self.refused = prepared.result.refused
        self.saved = 0
        self.step, self.warnings = self._restore()

    def run_to_end(self, changed: dict[str, tuple[Any, Any]]) -> Result:
        """Train; `changed` is what differs from the job that the run was begun with: setting -> (before, now)."""
        start, self.log = self.step, RunLog(self.run, self.step)
        self.validation = Validation(self.job, self.model.boundary, self.questions, self.log)
        try:
            self._announce(changed)
            with Interrupts() as interrupts:
                return self._steps(start, interrupts)
        except BaseException as error:
            self.log.event("died", self.step, reason=f"{type(error).__name__}: {error}")
            raise
        finally:
            self.log.close()

    def _restore(self) -> tuple[int, list[str]]:
        """Bring the learners to the newest state; return its step (0 without one) and what is to be warned of."""
        found = state.newest(self.run.state)
        if found is None:
            return 0, self._started_from(self.job.network.pretrained_lora_path)
        tensors, facts = state.load(found)
        if facts["step"] > self.job.train.steps:
            raise Refusal(
                f"{self.run.path} is at step {facts['step']} already, past the {self.job.train.steps} of train.steps: "
                "raise train.steps to go on."
            )
        same_optimizer = facts.get("optimizer", "adamw") == self.job.train.optimizer
        for expert, learner in self.experts.learners.items():
            learner.load(tensors[expert], same_optimizer)
        self.saved = facts["step"]
        warnings = [] if facts["items"] == self.digest else ["The clips changed since the run was begun."]
        if not same_optimizer:
            warnings.append("The optimizer changed: the new one begins without the memory of the old.")
        return facts["step"], warnings

    def _started_from(self, path: str | None) -> list[str]:
        """Give a new run the LoRA it begins with; return what is to be said of that."""
        if not path:
            return []
        learners = self.experts.learners.values()
        return [f"The {one.expert}-noise expert: {one.start_from(path)}" for one in learners]

    def _announce(self, changed: dict[str, tuple[Any, Any]]) -> None:
        self.log.event("started", self.step, steps=self.job.train.steps, resumed=self.step > 0)
        for key, (old, new) in changed.items():
            self.log.event("changed", self.step, setting=key, before=old, now=new)
        warnings = self.warnings
        if device_of(self.job.device).type != torch.device(self.job.device).type:
            warnings = [*warnings, f"There is no {self.job.device} here: training on the CPU."]
        for message in [*warnings, *(finding.message for finding in self.refused)]:
            self.log.event("warned", self.step, message=message)

    def _steps(self, start: int, interrupts: Interrupts) -> Result:
        job, stage = self.job, None
        if start == job.train.steps:
            with self.experts.averaged():
                checkpoints.write(self.run, job, self.model, self.experts, start, final=True)
        checkpoints.rotate(self.run, job.saving.max_step_saves_to_keep)
        self._validate(interrupts)
        self._previews(interrupts, again=job.train.force_first_sample)
        while self.step < job.train.steps and not interrupts.asked:
            row = take_step(self.step + 1, self.material)
            self.step = row["step"]
            if stage not in (None, row["stage"]):
                self.log.event("switched", self.step, stage=row["stage"])
            stage = row["stage"]
            self.log.step(row)
            self.progress("training", self.step, job.train.steps, row=row)
            if self.step % job.saving.save_every == 0 or self.step == job.train.steps or interrupts.asked:
                self._save()
            self._validate(interrupts)
            self._previews(interrupts)
        return self._end(interrupts)

    def _save(self) -> None:
        """Write the LoRA files, then the state: what a state counts on is there before it."""
        job, step = self.job, self.step
        last = step == job.train.steps
        with self.experts.averaged():
            if not last or step % job.saving.save_every == 0:
                checkpoints.write(self.run, job, self.model, self.experts, step, final=False)
            if last:
                checkpoints.write(self.run, job, self.model, self.experts, step, final=True)
        self.log.sync()
        tensors = {expert: learner.state() for expert, learner in self.experts.learners.items()}
        state.save(self.run.state, step, tensors, {"items": self.digest, "optimizer": job.train.optimizer})
        checkpoints.rotate(self.run, job.saving.max_step_saves_to_keep)
        self.saved = step
        self.log.event("saved", step)

    def _validate(self, interrupts: Interrupts) -> None:
        """Measure the experts where that is due and was not done before a resume."""
        if interrupts.asked or not self.validation.due(self.step):
            return

        def watch(done: int, total: int) -> None:
            interrupts.check()
            self.progress("validating", done, total)

        try:
            with self.experts.averaged():
                self.validation.measure(self.step, self.experts, watch)
        except Stopped:
            return
        self.log.event("validated", self.step)

    def _previews(self, interrupts: Interrupts, again: bool = False) -> None:
        """Make the clips due after this step, unless they were made before a resume (`again`: even then)."""
        job, run, step = self.job, self.run, self.step
        wanted = job.train.force_first_sample if again else previews.due(job, step)
        indices = list(range(len(job.samples))) if again else previews.missing(run, job, step)
        if not wanted or not indices or interrupts.asked or job.train.disable_sampling:
            return

        def on_clip(done: int) -> None:
            self.progress("preview", done, len(indices))

        on_clip(0)
        texts, on_step = self.material.texts, interrupts.check
        try:
            with self.experts.averaged():
                previews.make(run, job, self.model, texts, self.experts, step, indices, on_step, on_clip)
        except Stopped:
            return
        self.log.event("previewed", step)

    def _end(self, interrupts: Interrupts) -> Result:
        done = self.step == self.job.train.steps
        if not done and self.step != self.saved:
            self._save()
        again = f"wannb train {shlex.quote(str(self.run.config))} --resume"
        message = (
            f"Trained {self.step} steps; the LoRA pair is in {self.run.checkpoints}."
            if done
            else f"Stopped after step {self.step} of {self.job.train.steps}, all saved; go on with: {again}"
        )
        self.log.event("stopped", self.step, reason="done" if done else interrupts.asked)
        files = sorted(self.run.checkpoints.glob("*.safetensors"))
        return Result(self.run.path, self.step, "done" if done else "stopped", files, message)
