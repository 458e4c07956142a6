"""Asking a run that goes, and its answer: from any process that sees the run directory and may write in it."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wannb.refusal import Refusal
from wannb.runs import edits, liveness, request, standing
from wannb.runs.request import Request
from wannb.runs.result import resume_command
from wannb.runs.rundir import RunDir
from wannb.runs.tail import Tail

if TYPE_CHECKING:
    from wannb.runs.run import Run

POLL = 0.05  # seconds


def ask(run: RunDir, kind: str, wait: float | None = None, **values: Any) -> int | None:
    """Write a request; with `wait` (seconds) return the step after which it was done, else None at once.

    Raises Refusal where nobody trains the run, where the request cannot be written, where it is refused, and where
    there is no answer in time.
    """
    state = standing.state_of(run)
    if state not in ("starting", "training", "paused"):
        raise Refusal(
            f"{run.path} is not training (its state: {state}), so there is nobody to ask: edit its config.yaml where "
            f"something is to change, and go on with: {resume_command(run)}"
        )
    answers = Tail(run.events)
    answers.rows()
    asked = request.write(run.control, kind, **values)
    return None if wait is None else _answer(run, asked, answers, wait)


def change(run: "Run", wishes: list[tuple[str, dict[str, Any]]], wait: float | None = None) -> int | None:
    """Ask for several changes of the job, each looked at here first; as `ask`."""
    if not wishes:
        raise Refusal("There is nothing to change: give lr, lr_high, lr_low, steps or prompts.")
    for kind, values in wishes:
        if kind == "prompts":
            values["prompts"] = edits.prompts_for(values["prompts"], Path.cwd())
        edits.edited(run.config, Request("", kind, values), 0)
    steps = [ask(run.dir, kind, wait, **values) for kind, values in wishes]
    return steps[-1]


def _answer(run: RunDir, asked: Request, answers: Tail, wait: float) -> int:
    until = time.monotonic() + wait
    while True:
        alive = liveness.alive(run) is not False  # looked up before the answers, which may be its last words
        for row in answers.rows():
            if row.get("event") == "control" and row.get("id") == asked.id:
                if "refused" in row:
                    raise Refusal(row["refused"])
                return row["step"]
        if not alive:
            raise Refusal(f"{run.path} ended before it answered: go on with: {resume_command(run)}")
        if time.monotonic() > until:
            raise Refusal(
                f"{run.path} did not answer within {wait:g} s: it is in the middle of a step or of a preview, and does "
                "what it was asked after that."
            )
        time.sleep(POLL)
