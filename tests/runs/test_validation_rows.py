"""`validation.jsonl`: paired with the first measurement, and the same file whether or not the run was interrupted."""

import json

import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from tests import tiny_pipeline
from tests.train import small_job
from wannb.data.cache import TensorCache
from wannb.refusal import Refusal
from wannb.runs.log import RunLog
from wannb.runs.run import Run
from wannb.runs.rundir import RunDir
from wannb.runs.validation import Validation
from wannb.train.caching import prepare
from wannb.train.captions import Captions
from wannb.train.examples import Examples
from wannb.train.experts import Experts
from wannb.train.model import Model
from wannb.train.validation import Questions

STEPS, EVERY = 5, 2


class Trained:
    """A run whose weights are a function of the step, as principle 5 has it, and of nothing else."""

    def __init__(self, job, folder):
        self.job, self.run = job, RunDir(folder)
        self.run.path.mkdir(parents=True)
        job.save(self.run.config)
        self.model, self.indices, self.held_out = Model.of(job), [0, 1, 2], False
        self.ready, self.experts = prepare(job, self.model), Experts.load(job, self.model.where)

    def steps(self, first: int, last: int, die_at: int | None = None) -> None:
        """Go from saved step `first`; with `die_at` leave in the middle of that step's second expert."""
        log = RunLog(self.run, first)
        items, keys = ([of[index] for index in self.indices] for of in (self.ready.items, self.ready.keys))
        examples = Examples(TensorCache(self.job.cache_dir / "latents"), keys)
        questions = Questions(items, examples, self.ready.texts, Captions(self.job), self.held_out)
        validation = Validation(self.job, self.model.boundary, questions, log)

        def watch(done: int, total: int) -> None:
            if step == die_at and done == total // 2 + 1:
                raise KeyboardInterrupt

        for step in range(first, last + 1):
            for number, learner in enumerate(self.experts.learners.values()):
                tiny_pipeline.shake(learner.transformer, 10 * step + number)
            if validation.due(step):
                rows = validation.measure(step, self.experts, watch)
                assert [row["step"] for row in rows] == [step] * len(rows)
            assert not validation.due(step)
        log.close()


@pytest.fixture(scope="module")
def job(tmp_path_factory, models):
    folder = tmp_path_factory.mktemp("set")
    small_job.clips(folder / "clips")
    job = small_job.job(folder, models["i2v"], "i2v", steps=STEPS)
    job.wannb.validate_every = EVERY
    return job


@pytest.fixture(scope="module")
def whole(tmp_path_factory, job):
    trained = Trained(job, tmp_path_factory.mktemp("runs") / "whole")
    trained.steps(0, STEPS)
    return Run(trained.run.path)


def test_both_experts_before_the_first_step_every_n_and_after_the_last(whole):
    rows = whole.validation()
    assert [(row["step"], row["stage"]) for row in rows] == [(s, e) for s in (0, 2, 4, 5) for e in ("high", "low")]
    assert all(len(row["clips"]) == len(row["losses"]) == 3 and len(row["per_quantile"]) == 9 for row in rows)
    assert [row["difference"] for row in rows[:2]] == [0, 0] and rows[0]["ci95"] == [0, 0]
    for row in rows[2:]:
        first = rows[0 if row["stage"] == "high" else 1]
        change = torch.tensor(row["losses"]).double() - torch.tensor(first["losses"]).double()
        assert row["since"] == 0 and row["difference"] == pytest.approx(change.mean().item())
        reach = 4.302653 * change.mean(dim=1).std().item() / 3**0.5  # Student's quantile of two degrees of freedom
        assert row["ci95"] == pytest.approx([row["difference"] - reach, row["difference"] + reach])
        assert row["loss"] == pytest.approx(torch.tensor(row["losses"]).mean().item())


@pytest.mark.parametrize(("die_at", "saved"), [(0, 0), (2, 0), (4, 3), (4, 4), (5, 5)])
def test_an_interrupted_run_writes_the_same_file(tmp_path, job, whole, die_at, saved):
    trained = Trained(job, tmp_path / "run")
    with pytest.raises(KeyboardInterrupt):
        trained.steps(0, STEPS, die_at)
    with open(trained.run.validation, "ab") as file:
        file.write(b'{"step": 4, "stage": "lo')
    trained.steps(saved, STEPS)
    assert trained.run.validation.read_bytes() == whole.dir.validation.read_bytes()
    board = EventAccumulator(str(trained.run.path)).Reload()
    low = {row["step"]: row["loss"] for row in whole.validation() if row["stage"] == "low"}
    assert {event.step: event.value for event in board.Scalars("validation/low")} == pytest.approx(low)


def test_what_is_measured_later_is_compared_on_what_both_have(tmp_path, job):
    trained = Trained(job, tmp_path / "run")
    trained.indices = [0, 1]
    trained.steps(0, 3)
    trained.indices, trained.held_out = [1, 2], True
    trained.steps(3, STEPS)
    rows = [row for row in Run(trained.run.path).validation() if row["stage"] == "high"]
    first, later = rows[0]["losses"], rows[2]["losses"]
    assert rows[2]["difference"] == pytest.approx(sum(later[0]) / 9 - sum(first[1]) / 9)
    assert rows[2]["ci95"] is None


@pytest.mark.parametrize(("before", "after", "indices", "said"), [
    (True, True, [0, 1], True),
    (True, True, [1], True),
    (True, True, [1, 2], False),
    (False, True, [0, 1], False),
    (True, False, [0, 1], False),
])  # fmt: skip
def test_held_out_is_said_of_clips_that_were_never_trained_on(tmp_path, job, before, after, indices, said):
    trained = Trained(job, tmp_path / "run")
    trained.indices, trained.held_out = [0, 1], before
    trained.steps(0, 3)
    trained.indices, trained.held_out = indices, after
    trained.steps(3, STEPS)
    rows = Run(trained.run.path).validation()
    assert {row["held_out"] for row in rows[:4]} == {before} and {row["held_out"] for row in rows[4:]} == {said}


def test_turned_on_late_it_counts_from_its_first_measurement(tmp_path, job):
    trained = Trained(job, tmp_path / "run")
    trained.steps(3, STEPS)
    assert [(row["step"], row["since"]) for row in Run(trained.run.path).validation()[::2]] == [(4, 4), (5, 4)]


def test_not_asked_for_it_measures_and_writes_nothing(tmp_path, job):
    job.wannb.validate_every = 0
    try:
        trained = Trained(job, tmp_path / "run")
        trained.steps(0, STEPS)
    finally:
        job.wannb.validate_every = EVERY
    assert not trained.run.validation.exists() and Run(trained.run.path).validation() == []


def test_a_single_stage_job_measures_its_expert(tmp_path, job):
    job.model.model_kwargs.train_high_noise = False
    try:
        trained = Trained(job, tmp_path / "run")
        trained.steps(0, 2)
    finally:
        job.model.model_kwargs.train_high_noise = True
    assert [row["stage"] for row in Run(trained.run.path).validation()] == ["low", "low"]


def test_a_loss_that_is_no_number_is_said(tmp_path, job):
    trained = Trained(job, tmp_path / "run")
    for name, parameter in trained.experts.learners["high"].parameters.items():
        if "lora_A" in name:
            parameter.data.fill_(torch.nan)
    with pytest.raises(Refusal, match="validation loss of the high-noise expert is no finite number at step 0"):
        trained.steps(0, 0)


def test_rows_hold_no_tensor_and_no_time(whole):
    row = json.loads(whole.dir.validation.read_text().splitlines()[0])
    assert {type(value) for value in row.values()} <= {int, float, str, list, bool, type(None)}
    assert "time" not in row
