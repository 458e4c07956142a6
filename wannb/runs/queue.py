"""Jobs that train one after the other, one a GPU: a folder of small files that anyone may edit while it runs."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wannb.job import Job
from wannb.refusal import Refusal
from wannb.runs import entry as entries
from wannb.runs import launching
from wannb.runs.entry import Entry
from wannb.runs.run import Run

try:
    import fcntl
except ImportError:  # Windows has none; there one must not edit a queue twice at a time
    fcntl = None

HOME = Path("~/.wannb/queue")
STARTING = 60.0  # seconds that a runner may take until it is there
ANY = "any"
Entries = list[Entry]


class Queue:
    """The queue in the folder `path`, made with the first job. Every call reads it anew."""

    def __init__(self, path: str | Path = HOME):
        self.path = Path(path).expanduser()

    def list(self) -> Entries:
        """Return its jobs in their order, those that are over too."""
        return entries.listed(self.path)

    def add(self, job: Job | str | Path, gpu: str | None = None) -> Entry:
        """Put a job, as it is now, at the end. gpu: the runner it must wait for, as `cuda:1`; None: any.

        Raises Refusal where the file is no job, or its run is in the queue already.
        """
        job = job if isinstance(job, Job) else Job.load(job)
        job, run = job.anchored(), str(job.run_dir.resolve())
        with self._editing():
            there = self.list()
            if any(one.run == run and one.state in entries.OPEN for one in there):
                raise Refusal(f"The queue has a job for {run} already: give this one another name.")
            number = max((one.number for one in there), default=0) + 1
            place = max((one.place for one in there), default=0.0) + 1
            new = Entry(number, place, job.name, run, gpu)
            job.save(new.job(self.path))
            return new.write(self.path)

    def remove(self, number: int) -> Entry:
        """Take a job out; one that runs is asked to stop, which saves it, and stays in the list as cancelled."""
        with self._editing():
            one = entries.numbered(self.path, number)
            if one.state == "running":
                one = one.become(self.path, "cancelled", "It was asked to stop.", runner=one.runner)
            else:
                one.file(self.path).unlink()
                one.job(self.path).unlink(missing_ok=True)
        if one.state == "cancelled" and one.runner:
            _stop(one)
        return one

    def move(self, number: int, position: int) -> Entry:
        """Put a job at a position among those that wait, from 1."""
        with self._editing():
            one = self._waiting(number)
            others = [it.place for it in self.list() if it.state in ("waiting", "held") and it.number != number]
            at = min(max(position, 1), len(others) + 1) - 1
            before, after = (others[at - 1] if at else None), (others[at] if at < len(others) else None)
            return one.become(self.path, one.state, one.message, place=_between(before, after))

    def hold(self, number: int) -> Entry:
        """Let a job wait until it is released."""
        with self._editing():
            return self._waiting(number).become(self.path, "held")

    def release(self, number: int) -> Entry:
        """Let a job that was held take its turn again, or one that is over be tried again."""
        with self._editing():
            one = entries.numbered(self.path, number)
            if one.state == "running":
                raise Refusal(f"Job {number} runs already.")
            return one.become(self.path, "waiting", runner=None, tries=0)

    def run(self, gpu: str | None = None, stay: bool = False) -> Entries:
        """Train what waits for `gpu` (None: what may train anywhere), one after the other, here; return the list.

        With `stay` it waits for more when nothing is left, until `stop`. Ctrl-C and `stop` save what trains and put it
        back. Raises Refusal where such a runner is there.
        """
        from wannb.runs.runner import Runner

        with self._claimed(gpu):
            Runner(self, gpu).work(stay)
        return self.list()

    def start(self, gpu: str | None = None) -> int:
        """Start a runner in a process of its own, which stays until `stop`; return its pid."""
        if self.runs(gpu):
            raise Refusal(f"A runner for {gpu or 'any GPU'} is there already.")
        command = [*launching.interpreter(), "wannb", "queue", "run", "--stay", "--queue", str(self.path.resolve())]
        command += ["--gpu", gpu] if gpu else []
        self.path.mkdir(parents=True, exist_ok=True)
        detached = [*launching.interpreter(), "wannb.runs.detached", str(self._file(gpu, "log")), *command]
        environment = launching.environment()
        told = subprocess.run(detached, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        end = time.monotonic() + STARTING
        while not self.runs(gpu):
            if told.returncode or time.monotonic() > end:
                raise Refusal(f"The runner did not start: see {self._file(gpu, 'log')}.")
            time.sleep(launching.POLL)
        return int(told.stdout)

    def stop(self, gpu: str | None = None) -> None:
        """Ask a runner to leave: what it trains is saved and put back. Raises Refusal where none is there."""
        if not self.runs(gpu):
            raise Refusal(f"No runner for {gpu or 'any GPU'} is there.")
        self._file(gpu, "stop").touch()

    def runs(self, gpu: str | None = None) -> bool:
        """Whether a runner for `gpu` is there."""
        if not fcntl or not self._file(gpu, "lock").exists():
            return False
        with open(self._file(gpu, "lock"), "rb") as file:
            return not _locked(file, fcntl.LOCK_SH)

    def take(self, runner: str, gpu: str | None) -> Entry | None:
        """Return the job that `runner` has, or else give it the next that waits for it; None where none does."""
        with self._editing():
            there = self.list()
            mine = [one for one in there if one.state in ("running", "cancelled") and one.runner == runner]
            if mine:
                return mine[0]
            free = [one for one in there if one.state == "waiting" and one.gpu in (None, gpu)]
            return free[0].become(self.path, "running", runner=runner) if free else None

    def settle(self, one: Entry, state: str, message: str = "", **facts: object) -> Entry:
        """Write what became of a job that ran; who was cancelled meanwhile stays so, who was deleted stays away."""
        with self._editing():
            now = Entry.read(one.file(self.path))
            if now is None:
                return one
            if now.state == "cancelled" and state in ("waiting", "running"):
                state, message = now.state, now.message
            return now.become(self.path, state, message, **facts)

    def asked_to_stop(self, gpu: str | None) -> bool:
        return self._file(gpu, "stop").exists()

    def _waiting(self, number: int) -> Entry:
        one = entries.numbered(self.path, number)
        if one.state not in ("waiting", "held"):
            raise Refusal(f"Job {number} does not wait: it is {one.state}.")
        return one

    @contextmanager
    def _editing(self) -> Iterator[None]:
        """One edit at a time: an edit is a look and a write."""
        self.path.mkdir(parents=True, exist_ok=True)
        with open(self.path / ".lock", "ab") as file:
            if fcntl:
                fcntl.flock(file, fcntl.LOCK_EX)
            yield

    @contextmanager
    def _claimed(self, gpu: str | None) -> Iterator[None]:
        """Be the one runner for `gpu`."""
        self.path.mkdir(parents=True, exist_ok=True)
        with open(self._file(gpu, "lock"), "ab") as file:
            if fcntl and not _locked(file, fcntl.LOCK_EX):
                raise Refusal(f"A runner for {gpu or 'any GPU'} is there already.")
            self._file(gpu, "stop").unlink(missing_ok=True)
            yield

    def _file(self, gpu: str | None, suffix: str) -> Path:
        name = "".join(letter if letter.isalnum() else "_" for letter in gpu or ANY)
        return self.path / f"runner_{name}.{suffix}"


def _between(before: float | None, after: float | None) -> float:
    if before is None:
        return 1.0 if after is None else after - 1
    return before + 1 if after is None else (before + after) / 2


def _locked(file: object, how: int) -> bool:
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _stop(one: Entry) -> None:
    try:
        Run(one.run).stop()
    except Refusal:  # it has not begun, or has ended: the runner sees that
        return
