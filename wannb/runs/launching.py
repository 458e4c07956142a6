"""Training in a process of its own, which outlives the kernel, the shell and the browser (decision 18)."""

import os
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from wannb.files import no_follow
from wannb.job import Job
from wannb.refusal import Refusal
from wannb.runs import liveness
from wannb.runs.admission import refuse_errors
from wannb.runs.claim import changes, check_changes, refuse_existing
from wannb.runs.run import Run
from wannb.runs.rundir import RunDir

try:
    import fcntl
except ImportError:
    fcntl = None

POLL = 0.05  # seconds


def launch(job: Job, resume: bool = False) -> Run:
    """Start training `job` in a process of its own and return the run as soon as that process has it.

    From then on nothing here is needed: `wannb.Run(job.run_dir)` attaches from anywhere, `Run.stop()` ends it, and what
    it prints is in the run's `log.txt`. With `resume` an existing run goes on after its last saved step; a job that was
    edited while the run went (`Run.set`) lies in its `config.yaml`, and the job given here is what counts. Interrupted
    before it returns, it starts nothing.

    Raises Refusal where the job has errors, its run directory is taken, or the process ends at once, with its reason.
    """
    refuse_errors(job)
    run = RunDir(job.run_dir)
    if not resume:
        refuse_existing(run)
    if run.begun:
        check_changes(run, changes(Job.load(run.config), job))
    with _launching(run):
        if liveness.alive(run):
            raise Refusal(f"Another process is training in {run.path}: wait for it, or stop it first.")
        job.anchored().save(run.launch)
        printed = run.log.stat().st_size
        command = [*interpreter(), "wannb", "train", str(run.launch.resolve()), *(["--resume"] if resume else [])]
        pid, began = _started(run, command)
        _wait_until_claimed(run, pid, began, printed)
    return Run(run.path)


def interpreter() -> list[str]:
    """The command that this Python runs a module with; the working directory lends it no modules."""
    if not sys.executable:
        raise Refusal("This Python does not know its own program: train in a shell, `wannb train JOB.yaml`.")
    return [sys.executable, "-P", "-m"]


def last_words(run: RunDir, since: int) -> str:
    """Return the last sentence that a detached process said in the log's bytes from `since` on, "" for none."""
    said = [line for line in _printed(run, since) if line.startswith("wannb: ")]
    return said[-1].removeprefix("wannb: ") if said else ""


@contextmanager
def _launching(run: RunDir) -> Iterator[None]:
    """Be the only one who launches here: the log is locked until the process has claimed the run."""
    run.path.mkdir(parents=True, exist_ok=True)
    with open(run.log, "ab", opener=no_follow) as log:
        try:
            if fcntl:
                fcntl.flock(log, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Refusal(f"Another process is launching {run.path}: wait for it.") from None
        yield


def _started(run: RunDir, command: list[str]) -> tuple[int, float]:
    """Return the pid and the start time of the detached `command`."""
    return start_detached(run.log, command)


def start_detached(log: Path, command: list[str]) -> tuple[int, float]:
    """Start `command` as nobody's child, what it prints going to the end of `log`; return its pid and start time."""
    detached = [*interpreter(), "wannb.runs.detached", str(log), *command]
    told = subprocess.run(detached, env=environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if told.returncode:
        raise Refusal(f"No process could be started: {(told.stderr.strip().splitlines() or ['no reason given'])[-1]}")
    pid = int(told.stdout)
    try:
        return pid, psutil.Process(pid).create_time()
    except psutil.Error:  # gone already
        return pid, 0.0


def environment() -> dict[str, str]:
    """This process's, in which the other one finds the same wannb where that is not installed."""
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    root = str(Path(__file__).resolve().parents[2])
    if root not in sysconfig.get_paths().values():
        paths = [os.environ.get("PYTHONPATH", ""), root]
        environment["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)
    return environment


def _printed(run: RunDir, since: int) -> list[str]:
    """Return the lines that are not empty in the log's bytes from `since` on."""
    try:
        with open(run.log, "rb") as file:
            file.seek(since)
            return [line for line in file.read().decode(errors="replace").splitlines() if line.strip()]
    except OSError:
        return []


def _wait_until_claimed(run: RunDir, pid: int, began: float, printed: int) -> None:
    try:
        while not _claimed_by(run, pid, began):
            if not liveness.exists(pid, began) and not _claimed_by(run, pid, began):
                said = last_words(run, printed) or " ".join(_printed(run, printed)[-1:])
                raise Refusal(said or f"The process ended without a word, before it began: nothing is in {run.log}.")
            time.sleep(POLL)
    except KeyboardInterrupt:
        if liveness.exists(pid, began):
            psutil.Process(pid).terminate()
        raise


def _claimed_by(run: RunDir, pid: int, began: float) -> bool:
    process = liveness.trainer_of(run)
    return process is not None and process.pid == pid and abs(process.began - began) < liveness.TOLERANCE
