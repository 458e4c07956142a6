"""An accuracy recovery adapter for a job's own base: both experts, one after the other, in one file.

What is gone on from after a stop lies in the job's cache folder, under `recovery/`, until the file is whole: what the
whole experts answered, where each adapter starts from, and the state of the learning.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

from torch import Tensor, nn

from wannb.data.content import digest
from wannb.job import Job
from wannb.job.qtypes import RECOVERED
from wannb.refusal import Refusal
from wannb.runs import state
from wannb.runs.interrupts import Interrupts, Stopped
from wannb.runs.recovered import Recovered, RecoveredExpert
from wannb.runs.save_clock import SaveClock
from wannb.train.caching import Progress, prepare, silent
from wannb.train.device import DTYPES, device_of, release
from wannb.train.model import Model
from wannb.train.recovering import Error, Recovering, errors, load_quantized, scheme_of
from wannb.train.recovery_answers import Answers, Watch
from wannb.train.recovery_questions import EXPERTS, Question, Questions
from wannb.wan.adapters.lora_spellings import Pair
from wannb.wan.ara import recovery
from wannb.wan.compiling import demand_compiler

RANK, STEPS = 16, 100
ALONE, START, TRAINED = "alone", "start", "trained"
FACTORS = (".down", ".up")


def ara(job: Job, out: str | Path, rank: int = RANK, steps: int = STEPS, progress: Progress = silent) -> Recovered:
    """Compute the adapter of `rank` for the base of `job` in 4 bits and write it to `out`: what is known in closed form
    of each expert, and `steps` steps of learning from there.

    The job's clips and prompts are encoded where its cache lacks them. Asked to stop (SIGINT, SIGTERM) it writes what
    there is; the same call goes on from there. Returns what 4 bits cost each expert, alone and with the adapter, and
    the file, which a job names in its qtype as `uint4|FILE`. Raises Refusal where the job does not hold its experts in
    4 bits, has no clips, or where `out` is there and was not left by such a stop.
    """
    scheme, out, job = scheme_of(job), Path(out), _cached(job)
    demand_compiler(job, device_of(job.device))
    model = Model.of(job)
    prepared = prepare(job, model, progress)
    questions = Questions(job, model, prepared)
    about = {"base_model": job.model.name_or_path, "rank": rank, "steps": steps, "qtype": scheme.kind}
    how = (*about.values(), model.where, scheme, job.train.dtype, *prepared.keys, questions.id, out.resolve())
    folder = job.cache_dir / "recovery" / digest(*map(str, how))[:32]
    if out.exists() and not folder.exists():
        raise Refusal(f"{out} is there already: name another file, or remove it.")
    header = {f"wannb.{name}": str(value) for name, value in about.items()}
    with Interrupts() as interrupts:
        return Ara(job, model, questions, folder, progress, interrupts).to_end(out, rank, steps, header)


def _cached(job: Job) -> Job:
    """`job` with its prompts in the cache and all its clips to learn from, whatever it trains with."""
    own = job.anchored()
    own.train.cache_text_embeddings, own.wannb.validate_every = True, 0
    return own


class Ara:
    """One process's share of the computation. learned: what `state` has of each expert that has begun; measured: by
    expert and stage, [loss, error] over the tests."""

    def __init__(
        self, job: Job, model: Model, questions: Questions, folder: Path, progress: Progress, interrupts: Interrupts
    ):
        self._job, self._model, self._questions, self._folder = job, model, questions, folder
        self._progress, self._interrupts = progress, interrupts
        self._answers, self._clock = Answers(folder / "answers"), SaveClock(job.wannb.save_minutes)
        found = state.load(folder / "state")
        self._learned: dict[str, dict[str, Tensor]] = found.tensors if found else {}
        self._step: int = found.facts["step"] if found else 0
        self._measured: dict[str, dict[str, list[float]]] = found.facts["measured"] if found else {}

    def to_end(self, out: Path, rank: int, steps: int, header: dict[str, str]) -> Recovered:
        """Do what is left to do, or what there is time for, and write what there is."""
        done = True
        try:
            for expert in EXPERTS:
                if not self._answers.complete(expert):
                    self._answers.ask(self._job, self._model, expert, self._questions, rank, steps, self._watch(expert))
                    release()
            for number, expert in enumerate(EXPERTS):
                if TRAINED not in self._measured.get(expert, {}):
                    self._learn(expert, number * steps, steps)
                    release()
        except Stopped:
            done = False
        ready = all(map(self._answers.complete, EXPERTS))
        if ready:
            recovery.write(out, self._pairs(), DTYPES[self._job.train.dtype], header)
        result = self._result(out if ready else None, done, rank, steps)
        if done:
            shutil.rmtree(self._folder)
        return result

    def _learn(self, expert: str, before: int, steps: int) -> None:
        """Let `expert`'s adapter learn; `before` is how many steps the other one took."""
        quantized, start = load_quantized(self._job, self._model, expert), self._answers.start(expert)
        self._measure(expert, ALONE, quantized)
        scale = self._measured[expert][ALONE][1] or 1.0
        learning = Recovering(quantized, start, self._job, steps, scale)
        self._measure(expert, START, quantized)
        if expert in self._learned:
            learning.load(self._learned[expert])
        for number in range(self._step - before, steps):
            if self._interrupts.asked:
                self._save(expert, learning)
                raise Stopped
            self._progress(f"recovering the {expert}-noise expert", number, steps)
            answer = self._answers.practice(expert, number)
            learning.step(number + 1, self._questions.practice(expert, number), answer)
            self._step = before + number + 1
            if self._clock.due():
                self._save(expert, learning)
        self._progress(f"recovering the {expert}-noise expert", steps, steps)
        self._save(expert, learning)
        self._measure(expert, TRAINED, quantized)
        if self._error(expert, TRAINED).error > self._error(expert, START).error:
            learning.put(start)
            self._measured[expert][TRAINED] = self._measured[expert][START]
        self._save(expert, learning)

    def _measure(self, expert: str, stage: str, quantized: nn.Module) -> None:
        """Of `expert` as it is now, where that is not known from before a stop."""
        known = self._measured.setdefault(expert, {})
        if stage not in known:
            known[stage] = list(errors(quantized, self._tests(expert)))

    def _tests(self, expert: str) -> Iterator[tuple[Question, Tensor]]:
        for test in self._answers.tests(expert, self._questions):
            self._interrupts.check()
            yield test

    def _error(self, expert: str, stage: str) -> Error | None:
        found = self._measured.get(expert, {}).get(stage)
        return Error(*found) if found else None

    def _save(self, expert: str, learning: Recovering) -> None:
        """Write all that the next step depends on; of an expert that is done its pairs alone."""
        tensors = {name: tensor.detach().cpu() for name, tensor in learning.state().items()}
        if TRAINED in self._measured[expert]:
            tensors = {name: one for name, one in tensors.items() if name.endswith(FACTORS)}
        self._learned[expert] = tensors
        state.save(self._folder / "state", self._step, self._learned, {"measured": self._measured})
        self._clock.saved()

    def _pairs(self) -> dict[str, dict[str, Pair]]:
        """Of each expert what was learned or, where nothing was yet, the start."""
        return {expert: _learned(self._answers.start(expert), self._learned.get(expert)) for expert in EXPERTS}

    def _watch(self, expert: str) -> Watch:
        def watch(done: int, total: int) -> None:
            self._interrupts.check()
            self._progress(f"asking the whole {expert}-noise expert", done, total)

        return watch

    def _result(self, file: Path | None, done: bool, rank: int, steps: int) -> Recovered:
        found = [
            RecoveredExpert(
                expert, self._answers.loss(expert, self._questions),
                *(self._error(expert, stage) for stage in (ALONE, START, TRAINED)),
            )
            for expert in EXPERTS
            if self._answers.complete(expert)
        ]  # fmt: skip
        if done:
            message = f"Wrote {file}: name it in model.qtype as {RECOVERED}|{file}."
        else:
            message = f"Stopped after step {self._step} of {2 * steps}, all saved; the same command goes on from there."
        held_out = self._questions.held_out
        return Recovered(file, "done" if done else "stopped", rank, steps, held_out, found, message)


def _learned(start: dict[str, Pair], tensors: dict[str, Tensor] | None) -> dict[str, Pair]:
    if tensors is None:
        return start
    return {layer: Pair(tensors[f"{layer}.down"], tensors[f"{layer}.up"]) for layer in start}
