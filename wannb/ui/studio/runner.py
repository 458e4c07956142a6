"""Start, queue and watch from the Studio."""

from collections.abc import Callable

import ipywidgets

from wannb.job import Job
from wannb.refusal import Refusal
from wannb.runs.launching import launch
from wannb.runs.queue import Queue
from wannb.runs.run import Run
from wannb.ui.studio.rows import ROW
from wannb.ui.watch import Watch
from wannb.words import say, tell


class Runner:
    """`say(text, name)` is told what came of it; `run` is what was started or is watched."""

    def __init__(self, say: Callable[..., None]) -> None:
        self._say, self.run = say, None
        self.box = ipywidgets.VBox([], layout=ROW)

    def start(self, job: Job) -> None:
        """Train `job` in a process of its own, and watch it."""
        self._say(say("Starting …"))
        try:
            self._see(launch(job))
        except (Refusal, OSError) as refusal:
            self._say(tell(refusal), "wannb-wrong")
        else:
            self._say(say("Training in {folder}.", folder=self.run.path), "wannb-fine")

    def queue(self, job: Job) -> None:
        """Put `job`, as it is now, at the end of the queue, and start the queue's runner where none is there."""
        try:
            queue = Queue()
            entry = queue.add(job)
            waiting = sum(one.state in ("waiting", "running") for one in queue.list()) - 1
            if not queue.runs():
                queue.start()
        except (Refusal, OSError) as refusal:
            self._say(tell(refusal), "wannb-wrong")
            return
        place = say("Queued as number {number}, {waiting} before it.", number=entry.number, waiting=waiting)
        self._say(place, "wannb-fine")

    def watch(self, job: Job) -> None:
        """Watch the run of `job`'s name."""
        try:
            self._see(Run(job.run_dir))
        except (Refusal, OSError) as refusal:
            self._say(tell(refusal), "wannb-wrong")

    def _see(self, run: Run) -> None:
        self.run = run
        self.box.children = [Watch(run)]
