"""One process's share of a run: steps, files, measurements and clips, from the last saved state on."""

import hashlib
from typing import Any

import torch

from wannb.job import Job
from wannb.refusal import Refusal
from wannb.runs import changed_clips, checkpoints, failures, previews, state
from wannb.runs.control import Control
from wannb.runs.interrupts import Interrupts, Stopped
from wannb.runs.log import RunLog
from wannb.runs.request import STOP
from wannb.runs.result import Result
from wannb.runs.rundir import RunDir
from wannb.runs.save_clock import SaveClock
from wannb.runs.validation import Validation
from wannb.train import held
from wannb.train.caching import Prepared, Progress
from wannb.train.device import device_of
from wannb.train.experts import Experts
from wannb.train.loop import take_step
from wannb.train.micro_batches import Material
from wannb.train.model import Model
from wannb.wan import attention_ways
from wannb.wan.adapters import block_norms


class Training:
    """One process's share of a run: from the last saved state to the end or to the wish to stop."""

    def __init__(self, job: Job, model: Model, run: RunDir, prepared: Prepared, progress: Progress):
        self.job, self.model, self.run, self.progress = job, model, run, progress
        self.experts = Experts.load(job, model.where)
        self.material = Material.of(job, model, prepared, self.experts)
        self.questions = prepared.questions
        self.digest = hashlib.sha256("\n".join(prepared.keys).encode()).hexdigest()
        self.clips = sorted({item.source for item in [*prepared.items, *prepared.questions.items]})
        self.refused = prepared.result.refused
        self.saved, self.clock = 0, SaveClock(job.wannb.save_minutes)
        self.weighed: set[str] = set()
        self.step, self.warnings = self._restore()
        self.control = Control(run)

    def run_to_end(self, changed: dict[str, tuple[Any, Any]]) -> Result:
        """Train; `changed` is what differs from the job that the run was begun with: setting -> (before, now)."""
        start, self.start, self.log = self.step, self.step, RunLog(self.run, self.step)
        self.validation = Validation(self.job, self.model.boundary, self.questions, self.log)
        try:
            self._announce(changed)
            if start == 0:  # later ones are told with the files of their step
                self._norms()
            if checkpoints.missing(self.run, self.job, start):  # cut off after the state was there
                self._write_loras()
            with Interrupts() as interrupts:
                return self._steps(start, interrupts)
        except Exception as error:
            end = failures.end(error, self.job, self.run, self._rescue())
            self.log.tell("died", self.step, reason=str(end), kind=type(error).__name__)
            raise end from (None if end is error else error)
        except BaseException as error:
            self.log.tell("died", self.step, reason=type(error).__name__)
            raise
        finally:
            self.log.close()

    def _restore(self) -> tuple[int, list[str]]:
        """Bring the learners to the newest state; return its step (0 without one) and what is to be warned of."""
        found = state.load(self.run.state)
        if found is None:
            return 0, self._started_from(self.job.network.pretrained_lora_path)
        facts = found.facts
        if facts["step"] > self.job.train.steps:
            raise Refusal(
                f"{self.run.path} is at step {facts['step']} already, past the {self.job.train.steps} of train.steps: "
                "raise train.steps to go on."
            )
        same_optimizer = facts.get("optimizer", "adamw") == self.job.train.optimizer
        for expert, learner in self.experts.learners.items():
            learner.load(found.tensors[expert], same_optimizer)
        state.set_aside_after(self.run.state, facts["step"])
        state.rotate(self.run.state)
        self.saved = facts["step"]
        warnings = [*found.damaged]
        if facts["items"] != self.digest:
            warnings.append(changed_clips.sentence(facts.get("clips", []), self.clips))
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
        warnings = [*warnings, *held.warnings(self.job)]
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
        self._listen(interrupts)
        while self.step < job.train.steps and not interrupts.asked:
            row = take_step(self.step + 1, self.material)
            self.step = row["step"]
            if stage not in (None, row["stage"]):
                self.log.event("switched", self.step, stage=row["stage"])
            stage = row["stage"]
            self.log.step(row)
            self._tell_what_is_unusable()
            self._weigh(stage)
            self.progress("training", self.step, job.train.steps, row=row)
            if self.step % job.saving.save_every == 0 or self.step == job.train.steps or interrupts.asked:
                self._save()
            self._save_by_minutes()
            self._validate(interrupts)
            self._previews(interrupts)
            self._listen(interrupts)
        return self._end(interrupts)

    def _tell_what_is_unusable(self) -> None:
        """What somebody installed for speed and gets none from; it shows in the first step of a length only."""
        for name, said in attention_ways.unusable().items():
            message = f"{name} is installed and cannot be used here ({said}): attention goes another way."
            self.log.warn_once(name, self.step, message)
        if said := self.experts.activations.uncompiled:
            self.log.warn_once("uncompiled", self.step, said)

    def _listen(self, interrupts: Interrupts) -> None:
        """Do what `control/` asks. Where that makes this step the last, finish as after any last step."""
        steps = self.job.train.steps
        self.control.take(self, interrupts)
        if steps != self.job.train.steps == self.step:
            self._save()
            self._validate(interrupts)
            self._previews(interrupts)

    def _look(self, interrupts: Interrupts) -> None:
        """Raise Stopped if the run was asked to stop, by a signal or in `control/`."""
        if not interrupts.asked and self.control.stop_waits():
            interrupts.asked = STOP
        interrupts.check()

    def save_now(self) -> None:
        """Write the LoRA files and the state of this step, due or not."""
        self._save()

    def preview_now(self, interrupts: Interrupts) -> bool:
        """Make the clips of this step that are not there yet, due or not; return whether all are there."""
        self._make_previews(previews.missing(self.run, self.job, self.step), interrupts)
        return not previews.missing(self.run, self.job, self.step)

    def _save(self) -> None:
        """Write the LoRA files, then the state: what a state counts on is there before it."""
        self._write_loras()
        self._save_state()
        checkpoints.rotate(self.run, self.job.saving.max_step_saves_to_keep)

    def _save_by_minutes(self) -> None:
        """Save what resume needs, and no LoRA files, where `wannb.save_minutes` have passed since the last save."""
        if self.clock.due() and self.step != self.saved:
            self._save_state()

    def _write_loras(self) -> None:
        job, step = self.job, self.step
        last = step == job.train.steps
        with self.experts.averaged():
            if not last or checkpoints.due(job, step):
                checkpoints.write(self.run, job, self.model, self.experts, step, final=False)
            if last:
                checkpoints.write(self.run, job, self.model, self.experts, step, final=True)
            self._norms()

    def _norms(self) -> None:
        """Tell how far each block is from its base, as the LoRA files of this step are."""
        for expert, learner in self.experts.learners.items():
            norms = block_norms.of_adapter(learner.transformer)
            self.log.norms({"step": self.step, "stage": expert, "of": "delta", "norms": norms})

    def _weigh(self, expert: str) -> None:
        """Tell once how large the frozen weights are that `expert`, which is on the device now, adds to."""
        if expert not in self.weighed:
            self.weighed.add(expert)
            norms = block_norms.of_weights(self.experts.learners[expert].transformer)
            self.log.norms({"step": 0, "stage": expert, "of": "weights", "norms": norms})

    def _save_state(self) -> None:
        self.log.sync()
        tensors = {expert: learner.state() for expert, learner in self.experts.learners.items()}
        facts = {"items": self.digest, "clips": self.clips, "optimizer": self.job.train.optimizer}
        state.save(self.run.state, self.step, tensors, facts)
        self.saved = self.step
        self.clock.saved()
        self.log.event("saved", self.step)

    def _rescue(self) -> str:
        """Save the last good step, if there is one to save, and return a sentence on where the run stands."""
        try:
            if self.step != self.saved and self.experts.are_after(self.step - self.start) and self.log.at == self.step:
                self.experts.drop_gradients()
                self._save_state()
        except Exception as error:
            return f"{failures.standing(self.run, self.saved)} (Step {self.step} could not be saved: {error}.)"
        return failures.standing(self.run, self.saved)

    def _validate(self, interrupts: Interrupts) -> None:
        """Measure the experts where that is due and was not done before a resume."""
        if interrupts.asked or not self.validation.due(self.step):
            return

        def watch(done: int, total: int) -> None:
            self._look(interrupts)
            self.progress("validating", done, total)

        try:
            with self.experts.averaged():
                self.validation.measure(self.step, self.experts, watch)
        except Stopped:
            return
        self.log.event("validated", self.step)

    def _previews(self, interrupts: Interrupts, again: bool = False) -> None:
        """Make the clips due after this step, unless they were made before a resume (`again`: even then)."""
        job, step = self.job, self.step
        wanted = job.train.force_first_sample if again else previews.due(job, step)
        indices = list(range(len(job.samples))) if again else previews.missing(self.run, job, step)
        if wanted and not interrupts.asked and not job.train.disable_sampling:
            self._make_previews(indices, interrupts)

    def _make_previews(self, indices: list[int], interrupts: Interrupts) -> None:
        job, run, step = self.job, self.run, self.step
        if not indices:
            return

        def on_clip(done: int) -> None:
            self.progress("preview", done, len(indices))

        on_clip(0)

        def on_step(_: int) -> None:
            self._look(interrupts)

        texts = self.material.texts
        try:
            with self.experts.averaged():
                previews.make(run, job, self.model, texts, self.experts, step, indices, on_step, on_clip)
        except Stopped:
            return
        except Exception as error:
            if not failures.disk_is_full(error):
                raise
            self.log.warn_once("preview", step, failures.lost(f"The preview of step {step}", error, self.run))
            return
        self.log.event("previewed", step)

    def _end(self, interrupts: Interrupts) -> Result:
        done = self.step == self.job.train.steps
        if not done and self.step != self.saved:
            self._save()
        self.log.event("stopped", self.step, reason="done" if done else interrupts.asked)
        return Result.of(self.run, self.step, self.job.train.steps, done)
