"""`validation.jsonl`: each expert's loss on fixed clips, and how far it moved since the run's first measurement."""

from collections.abc import Callable, Iterator
from typing import Any

from torch import Tensor

from wannb.job import Job
from wannb.runs.log import RunLog
from wannb.train.confidence import compare
from wannb.train.experts import Experts
from wannb.train.loop import NotFinite
from wannb.train.validation import Question, Questions, measure, timesteps_of

Watch = Callable[[int, int], None]
"""Called as `watch(done, total)` before every clip of every expert; may raise to leave."""

Row = dict[str, Any]


class Validation:
    """The measurements of one run: at step 0, every `wannb.validate_every` steps, and after the last step."""

    def __init__(self, job: Job, boundary: float, questions: Questions, log: RunLog):
        self._job, self._boundary, self._questions, self._log = job, boundary, questions, log

    def due(self, step: int) -> bool:
        """Whether something is to be measured after `step` that the file does not have yet."""
        every = self._job.wannb.validate_every
        if not every or not self._questions.items:
            return False
        return (step % every == 0 or step == self._job.train.steps) and bool(self._missing(step))

    def measure(self, step: int, experts: Experts, watch: Watch = lambda done, total: None) -> list[Row]:
        """Measure each expert that has no row of `step` yet; log and return the rows.

        Raises NotFinite, a Refusal, where a loss is no finite number.
        """
        missing, rows = self._missing(step), []
        for number, expert in enumerate(missing):
            questions = self._watched(number, len(missing), watch)
            losses = measure(experts.at_work(expert), questions, self._boundary, self._job.seed)
            rows.append(self._row(step, expert, losses))
            self._log.validation(rows[-1])
        return rows

    def _missing(self, step: int) -> list[str]:
        done = {row["stage"] for row in self._log.validations if row["step"] == step}
        return [expert for expert in self._job.stages if expert not in done]

    def _watched(self, number: int, experts: int, watch: Watch) -> Iterator[Question]:
        """Yield the questions to the `number`-th of `experts` experts."""
        count = len(self._questions.items)
        for done, question in enumerate(self._questions):
            watch(number * count + done, experts * count)
            yield question

    def _row(self, step: int, expert: str, losses: Tensor) -> Row:
        if not losses.isfinite().all():
            raise NotFinite(
                f"The validation loss of the {expert}-noise expert is no finite number at step {step}: lower train.lr "
                "and resume."
            )
        table = losses.double()
        row = {
            "step": step,
            "stage": expert,
            "loss": table.mean().item(),
            "per_quantile": table.mean(dim=0).tolist(),
            "timesteps": timesteps_of(expert, self._boundary),
            "clips": [item.name for item in self._questions.items],
            "ids": self._questions.ids,
            "held_out": self._held_out(step),
            "losses": table.tolist(),
        }
        return row | self._difference(row)

    def _held_out(self, step: int) -> bool:
        """Whether no clip was ever trained on: `hold_out` that came with a resume comes too late for that."""
        if step == 0 or not self._questions.held_out:
            return self._questions.held_out
        earlier = self._log.validations
        kept_from_the_start = {name for row in earlier if row["step"] == 0 for name in row["clips"]}
        names = {item.name for item in self._questions.items}
        return names <= kept_from_the_start and all(row["held_out"] for row in earlier)

    def _difference(self, row: Row) -> Row:
        """Return how far `row` is from the first measurement that asked any of its questions, itself if none did."""
        first = next(one for one in [*self._log.validations, row] if _comparable(one, row))
        before = dict(zip(first["ids"], first["losses"], strict=True))
        now = dict(zip(row["ids"], row["losses"], strict=True))
        shared = [one for one in now if one in before]
        difference = compare([now[one] for one in shared], [before[one] for one in shared])
        ends = None if difference.low is None else [difference.low, difference.high]
        return {"since": first["step"], "difference": difference.mean, "ci95": ends}


def _comparable(one: Row, row: Row) -> bool:
    """Whether two rows asked the same expert some of the same questions."""
    same = one["stage"] == row["stage"] and one["timesteps"] == row["timesteps"]
    return same and not set(one["ids"]).isdisjoint(row["ids"])
