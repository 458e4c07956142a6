"""The requests to a training (`request`), taken between its steps, answered in the events, and then removed."""

import time
from typing import TYPE_CHECKING

from wannb.refusal import Refusal
from wannb.runs import failures, request
from wannb.runs.interrupts import Interrupts
from wannb.runs.obeying import obey
from wannb.runs.request import STOP, Request
from wannb.runs.rundir import RunDir

if TYPE_CHECKING:
    from wannb.runs.training import Training

POLL = 0.25
"""Seconds between two looks while paused."""


def clear(run: RunDir) -> None:
    """Make the run's `control/` and set aside what lies in it: it was asked of a process that is gone.

    Raises Refusal where `control/` is a link, which may lead anywhere.
    """
    if run.control.is_symlink():
        raise Refusal(f"{run.control} is a link: remove it, requests belong into the run itself.")
    run.control.mkdir(exist_ok=True)
    for path in request.waiting(run.control):
        request.set_aside(path)


class Control:
    """The requests to one training."""

    def __init__(self, run: RunDir):
        self._folder = run.control
        self._left: set[str] = set()  # names of what was answered and cannot be moved
        self.paused = False

    def stop_waits(self) -> Request | None:
        """Return the request to stop, if there is one: looked up where one piece of work takes long."""
        for path in request.waiting(self._folder):
            try:
                asked = request.read(path)
            except (Refusal, OSError):
                continue
            if asked.kind == STOP and path.name not in self._left:
                return asked
        return None

    def take(self, training: "Training", interrupts: Interrupts) -> None:
        """Do what is asked, in order; while paused wait for more. Leaves once the run is to stop."""
        self._take_all(training, interrupts)
        while self.paused and not interrupts.asked:
            training.progress("paused", training.step, training.job.train.steps)
            time.sleep(POLL)
            self._take_all(training, interrupts)

    def _take_all(self, training: "Training", interrupts: Interrupts) -> None:
        for path in request.waiting(self._folder):
            if path.name in self._left or interrupts.asked not in (None, STOP):
                continue
            if self._take(path, training, interrupts) == STOP:
                return

    def _take(self, path, training: "Training", interrupts: Interrupts) -> str:
        """Do one request and answer it; return its kind."""
        asked = None
        try:
            asked = request.read(path)
            facts = obey(asked, training, interrupts)
        except Exception as error:
            if not isinstance(error, Refusal | OSError) and not failures.disk_is_full(error):
                raise
            self._refuse(path, asked, str(error), training)
            return asked.kind if asked else ""
        training.log.tell("control", training.step, kind=asked.kind, id=asked.id, **facts)
        path.unlink(missing_ok=True)
        return asked.kind

    def _refuse(self, path, asked: Request | None, why: str, training: "Training") -> None:
        who = {"kind": asked.kind, "id": asked.id} if asked else {"kind": None, "file": path.name}
        training.log.tell("control", training.step, **who, refused=why)
        if not request.set_aside(path):
            self._left.add(path.name)
