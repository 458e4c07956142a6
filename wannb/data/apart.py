"""Files of unknown make are opened by processes apart: one that hangs or dies of a file takes nobody with it.

A program of its own (`wannb.data.looks.worker`) rather than `multiprocessing`, which would run the caller's script once
more in each process. A process is kept for the next file, and leaves by itself when none comes.
"""

import atexit
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from wannb.data.unusable import Unusable
from wannb.words import say

PATIENCE, START = 30.0, 120.0
"""Seconds without a sign of life after which a process hangs in a file; how long a process may take to start."""
LENGTH = 8
"""Bytes of the number before each answer: its length; 0 is a sign of life."""
_KEPT = 8


class Worker:
    """The caller's end: a process is started when there is something to open, and again after one that ended."""

    def __init__(self, command: Sequence[str] | None = None, patience: float = PATIENCE) -> None:
        self._command, self._patience = command, patience
        self._process: subprocess.Popen | None = None

    def ask(self, path: Path, wish: str) -> bytes:
        """What the process answers on `path`; `wish`: "facts" or "look".

        Raises Unusable for a file in which it hangs, or of which it dies, and OSError where no process can be had.
        """
        self._begin(path, wish)
        began = time.monotonic()
        while (size := self._number(self._patience)) == 0:
            began = time.monotonic()
        data = self._read(size, self._patience) if size else b""
        if size and len(data) == size:
            return data
        self.end()
        if time.monotonic() - began >= self._patience:
            why = say(
                "{name} keeps its decoder busy without an end (no frame came for {seconds:.0f} s)",
                name=path.name,
                seconds=self._patience,
            )
        else:
            why = say("{name} brings its decoder down", name=path.name)
        raise Unusable("unreadable", why, say("Export it again, or remove it."))

    def end(self) -> None:
        """End the process, if there is one."""
        if self._process:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _begin(self, path: Path, wish: str) -> None:
        """Hand the file over; a process that left before it took the file says nothing against the file."""
        line = json.dumps({"path": os.fsencode(path.absolute()).hex(), "wish": wish}).encode() + b"\n"
        for _ in range(2):
            if self._process is None or self._process.poll() is not None:
                self.end()
                self._process = _started(self._command)
            try:
                self._process.stdin.write(line)
                self._process.stdin.flush()
            except BrokenPipeError:
                pass
            if self._number(START) == 0:
                return
            self.end()
        raise OSError("no process that opens files can be had")

    def _number(self, patience: float) -> int | None:
        data = self._read(LENGTH, patience)
        return int.from_bytes(data, "big") if len(data) == LENGTH else None

    def _read(self, count: int, patience: float) -> bytes:
        """`count` bytes, fewer where the process ends, or is ended because they do not come."""
        alarm = threading.Timer(patience, self._process.kill)
        alarm.daemon = True
        alarm.start()
        try:
            return self._process.stdout.read(count)
        finally:
            alarm.cancel()


def _started(command: Sequence[str] | None) -> subprocess.Popen:
    if not command and not sys.executable:
        raise OSError("this Python does not know its own program")
    root = str(Path(__file__).resolve().parents[2])
    places = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(places), "OMP_NUM_THREADS": "1"}
    command = command or [sys.executable, "-P", "-m", "wannb.data.looks.worker"]
    pipe, null = subprocess.PIPE, subprocess.DEVNULL
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=null, env=environment)


_IDLE: list[Worker] = []


@contextmanager
def borrowed() -> Iterator[Worker]:
    """A worker for this thread alone; its process is kept for the next caller."""
    try:
        worker = _IDLE.pop()
    except IndexError:
        worker = Worker()
    try:
        yield worker
    except Unusable:  # its process has ended, and another is started for the next file
        _IDLE.append(worker)
        raise
    except BaseException:  # an interrupt, after which its answer would be taken for the next one
        worker.end()
        raise
    if len(_IDLE) < _KEPT:
        _IDLE.append(worker)
    else:
        worker.end()


def dismiss() -> None:
    """End the processes that are kept."""
    while _IDLE:
        _IDLE.pop().end()


atexit.register(dismiss)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_IDLE.clear)  # they answer to the parent
