"""`wannb.train`: a training in a process of its own, waited for here (decision 18)."""

import time
from collections import deque
from collections.abc import Callable
from contextlib import closing
from typing import Any

from wannb.job import Job
from wannb.refusal import Refusal
from wannb.runs import liveness
from wannb.runs.bar import Bar
from wannb.runs.launching import last_words, launch
from wannb.runs.result import Result, resume_command
from wannb.runs.run import Run
from wannb.runs.rundir import RunDir
from wannb.runs.tail import Tail
from wannb.runs.told import told

POLL = 0.1  # seconds
Progress = Callable[..., None]


def train(job: Job, resume: bool = False, progress: Progress | None = None) -> Result:
    """Train `job` in a process of its own and wait until it is done or was asked to stop.

    progress: called here as `progress(phase, done, total)`, while training once for every step with its metrics in
    `row`; without one a progress bar is shown. Ctrl-C, or interrupting the cell, asks the run to finish its step and
    save, as `Run.stop` does, and waits for that; a second one stops the waiting alone. If this process dies, the run
    goes on: `wannb.Run(job.run_dir)`.

    With `resume` an existing run goes on after its last saved step, exactly as if it had never ended. Raises Refusal
    where the job has errors, its run directory is taken, or the run ends before it is done, with the reason.
    """
    with closing(Bar()) as bar:
        return _wait(job, resume, progress or bar)


def _wait(job: Job, resume: bool, progress: Progress) -> Result:
    printed = _size(job)
    run = launch(job, resume)
    listener = Listener(run, progress, job.train.steps)
    asked = False
    while True:
        try:
            listener.follow()
            return _result(run, listener, printed)
        except KeyboardInterrupt:
            if asked:
                raise
            asked = True
            _ask_to_stop(run)


class Listener:
    """Tells a progress what a run is at, each of its steps once, until its process has ended."""

    def __init__(self, run: Run, progress: Progress, steps: int):
        self._run, self._progress, self.steps = run, progress, steps
        self._process = liveness.trainer_of(run.dir)
        self._events, self._metrics = Tail(run.dir.events), Tail(run.dir.metrics)
        self._rows: deque[dict[str, Any]] = deque()
        self._before: dict[str, Any] = {}
        self.step: int | None = None  # the last one told, once the run has started
        self.end: dict[str, Any] | None = None

    def follow(self) -> None:
        """Return when the process has ended and all is told."""
        while True:
            goes = self._process is not None and liveness.exists(self._process.pid, self._process.began)
            self._read_events()
            if self.step is not None:
                self._rows.extend(self._metrics.rows(after=self.step))
            self._tell()
            if not goes:
                return
            time.sleep(POLL)

    def _read_events(self) -> None:
        for row in self._events.rows():
            if str(row.get("time", "")) < self._process.at:
                continue
            if row.get("event") == "started":
                self.step = row["step"]
            elif row.get("event") == "changed" and row.get("setting") == "train.steps":
                self.steps = row["now"]
            elif row.get("event") in ("stopped", "died"):
                self.end = row

    def _tell(self) -> None:
        while self._rows:
            row = self._rows.popleft()  # first: whatever interrupts the progress, no row comes twice
            self.step = row["step"]
            self._progress("training", row["step"], self.steps, row=row)
        now = {key: value for key, value in told(self._run.dir.progress).items() if key != "time"}
        if now and now != self._before:
            self._before = now
            if now["phase"] != "training":
                self._progress(now["phase"], now["done"], now["total"])


def _result(run: Run, listener: Listener, printed: int) -> Result:
    end = listener.end
    if end is not None and end["event"] == "stopped":
        return Result.of(run.dir, end["step"], listener.steps, end.get("reason") == "done")
    why = last_words(run.dir, printed) or f"{run.path} ended without a word at step {listener.step or 0}: killed?"
    raise Refusal(why if end is not None or not run.dir.begun else f"{why} Go on with: {resume_command(run.dir)}")


def _ask_to_stop(run: Run) -> None:
    try:
        run.stop()
    except Refusal:  # it has ended meanwhile, which the next look will tell
        return


def _size(job: Job) -> int:
    log = RunDir(job.run_dir).log
    return log.stat().st_size if log.exists() else 0
