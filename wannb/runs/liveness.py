"""Whether the process that trains a run is there: by its pid and start time, and by the lock that it holds.

A pid alone is worth nothing: after a crash or a reboot another program may have it.
"""

import json
import os
import socket
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil

from wannb.files import write_atomically
from wannb.runs.claim import held
from wannb.runs.rundir import RunDir
from wannb.runs.worked_dir import WorkedDir

TOLERANCE = 1.0
"""Seconds that one process's start time may differ between two readings, where the clock was set."""

FRESH = 600.0
"""Seconds after the last sign of life until a run on another host is taken for silent."""


@dataclass(frozen=True)
class Process:
    """A process that claimed a run: `began` in seconds since 1970, `at` when it claimed, UTC as events have it."""

    pid: int
    began: float
    host: str
    at: str

    @property
    def here(self) -> bool:
        """Whether it runs or ran on this host."""
        return self.host == socket.gethostname()


def announce(place: WorkedDir) -> None:
    """Write to `process.json` that this process has claimed `place`; it stays there after the process's end."""
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    me = Process(os.getpid(), psutil.Process().create_time(), socket.gethostname(), at)
    write_atomically(place.process, json.dumps(asdict(me), indent=1))


def trainer_of(place: WorkedDir) -> Process | None:
    """Return the process that claimed `place` last, None where none did or its file says nothing usable."""
    try:
        facts = json.loads(place.process.read_text(encoding="utf-8"))
        return Process(int(facts["pid"]), float(facts["began"]), str(facts["host"]), str(facts["at"]))
    except (OSError, ValueError, TypeError, KeyError, OverflowError):
        return None


def alive(place: WorkedDir) -> bool | None:
    """Whether a process is at work in `place`; None where it ran on another host, which cannot be asked from here."""
    process = trainer_of(place)
    if process is not None and not process.here:
        return None
    if process is not None and exists(process.pid, process.began):
        return held(place) is not False  # a kernel that trained in itself outlives its training
    return held(place) is True


def exists(pid: int, began: float) -> bool:
    """Whether the process `pid` that started at `began` (seconds since 1970) is at work: not gone, not a zombie."""
    try:
        process = psutil.Process(pid)
        same = abs(process.create_time() - began) < TOLERANCE
        return same and process.status() != psutil.STATUS_ZOMBIE
    except (psutil.Error, ValueError, OverflowError):
        return False


def silent_for(run: RunDir) -> float:
    """Return the seconds since a run's files last changed."""
    files = (run.progress, run.metrics, run.events, run.process)
    return time.time() - max((_changed(file) for file in files), default=0.0)


def _changed(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0
