"""What trains the jobs of a queue, one after the other. Every trainer is a process of its own, so this one may die.

Who comes after it finds in the queue what it had: a trainer that lives is waited for, one that died is resumed.
"""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from wannb.job import Job
from wannb.refusal import Refusal
from wannb.runs.entry import Entry
from wannb.runs.launching import last_words, launch
from wannb.runs.run import Run
from wannb.runs.rundir import RunDir

if TYPE_CHECKING:
    from wannb.runs.queue import Queue

POLL = 0.2  # seconds
TRIES = 3
"""How often a trainer that was killed is resumed without having got any further."""


class Runner:
    """The one that trains what waits for `gpu`, or what may train anywhere."""

    def __init__(self, queue: "Queue", gpu: str | None):
        self._queue, self._gpu, self._name = queue, gpu, gpu or "any"
        self._asked = False

    def work(self, stay: bool) -> None:
        """Train what there is; with `stay` wait for more until asked to stop."""
        with self._signals():
            while not self._stopping:
                one = self._queue.take(self._name, self._gpu)
                if one is None and not stay:
                    return
                if one is None:
                    time.sleep(POLL)
                else:
                    self._see_to(one)

    @property
    def _stopping(self) -> bool:
        return self._asked or self._queue.asked_to_stop(self._gpu)

    def _see_to(self, one: Entry) -> None:
        """Train one job as far as it comes; whatever is wrong with it is written to its entry."""
        try:
            run = self._begun(one)
            if run is not None:
                self._wait(one, run)
                self._conclude(one, run)
        except Refusal as refusal:
            self._queue.settle(one, "refused", str(refusal), runner=None)
        except Exception as error:  # one bad job must not end the queue
            self._queue.settle(one, "failed", f"{type(error).__name__}: {error}", runner=None)

    def _begun(self, one: Entry) -> Run | None:
        """Return the run with a trainer at it, or as it ended; None where it is not to be begun."""
        there = RunDir(Path(one.run))
        if there.known and self._ended(Run(there.path), one):
            return Run(there.path)
        if one.state == "cancelled":
            self._queue.settle(one, "cancelled", "It was cancelled before its first step.", runner=None)
            return None
        job = Job.load(one.job(self._queue.path))
        job.device = self._gpu or job.device
        self._queue.settle(one, "running", one.message, step=_step(there), printed=_size(there.log))
        try:
            launch(job, resume=there.begun)
        except Refusal:
            if not there.known or not Run(there.path).alive:
                raise  # else it was begun by a runner that died before it could say so
        self._queue.settle(one, "running", one.message, began=True)
        return Run(there.path)

    def _ended(self, run: Run, one: Entry) -> bool:
        """Whether a trainer of this entry is at work, or ended while no runner looked."""
        return run.alive is not False or one.began

    def _wait(self, one: Entry, run: Run) -> None:
        """Return when the trainer has ended; asked to stop, ask it."""
        asked = False
        while run.alive is not False:
            if not asked and (self._stopping or self._cancelled(one)):
                asked = _ask(run)
            time.sleep(POLL)

    def _cancelled(self, one: Entry) -> bool:
        now = Entry.read(one.file(self._queue.path))
        return now is not None and now.state == "cancelled"

    def _conclude(self, one: Entry, run: Run) -> None:
        state, step = run.state, run.step
        if state == "done":
            self._queue.settle(one, "done", f"Trained {step} steps.", runner=None)
        elif self._cancelled(one):
            self._queue.settle(one, "cancelled", f"Stopped after step {step}.", runner=None)
        elif self._stopping:
            self._queue.settle(one, "waiting", f"It goes on after step {step}.", runner=None, began=False)
        elif state == "stopped" and not _by_signal(run):
            self._queue.settle(one, "cancelled", f"The run was asked to stop after step {step}.", runner=None)
        else:
            self._died(one, run, step)

    def _died(self, one: Entry, run: Run, step: int) -> None:
        """A trainer that said why it ends would say it again; one that was killed is resumed."""
        before = Entry.read(one.file(self._queue.path)) or one
        tries = before.tries + 1 if step <= before.step else 1
        reason = _reason(run, before.printed)
        if reason is None and tries > TRIES:
            reason = f"Its process was killed {tries} times at step {step}; see {run.dir.log}."
        if reason is None:
            self._queue.settle(one, "running", f"Resumed after step {step}.", tries=tries, step=step, began=False)
        else:
            self._queue.settle(one, "failed", reason, runner=None)

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """While entered, the first SIGINT or SIGTERM only asks to stop; the second one leaves at once."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self._ask) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _ask(self, *_: object) -> None:
        if self._asked:
            raise KeyboardInterrupt
        self._asked = True


def _reason(run: Run, printed: int) -> str | None:
    """Return why the trainer that printed to the log from there on ended by itself, None where it was killed."""
    last = (run.events() or [{}])[-1]
    with open(run.dir.log, "rb") as log:
        log.seek(printed)
        said = b"wannb: " in log.read() and not _by_signal(run)
    if said or last.get("event") == "died":
        return last_words(run.dir, printed) or str(last.get("reason"))
    return None


def _by_signal(run: Run) -> bool:
    """Whether the run stopped because its process was to end, as at a shutdown: nobody asked the run itself."""
    last = (run.events() or [{}])[-1]
    return last.get("event") == "stopped" and str(last.get("reason")).startswith("SIG")


def _step(run: RunDir) -> int:
    return Run(run.path).step if run.known else 0


def _size(log: Path) -> int:
    return log.stat().st_size if log.exists() else 0


def _ask(run: Run) -> bool:
    """Ask the trainer to save and leave; return False where it cannot be asked yet."""
    try:
        run.stop()
    except Refusal:
        return False
    return True
