"""One run after another, killed until it is done, by as many workers as there are cores."""

import os
import random
import signal
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tools.torture import kinds, victim
from tools.torture.compare import differences
from wannb.runs.run import Run

MOST = 6  # kills of one run, then it may finish
PATIENCE = 300  # seconds that one process may take
FROM_THE_START = 0.25  # share of the kills whose clock starts before the run's `started`: preparing, restoring


@dataclass
class Killed:
    """What became of one run."""

    kind: str
    seed: int
    kills: list[str] = field(default_factory=list)  # the phase that each fell in
    differences: list[str] = field(default_factory=list)


class Campaign:
    """Kills in `folder`, which is new or empty; reproducible from `seed` but for the machine's own timing."""

    def __init__(self, folder: Path, seed: int, names: list[str]):
        self.folder, self.seed, self.names = folder, seed, names
        self.results: list[Killed] = []
        self._next, self._lock = 0, threading.Lock()
        self._whole: dict[str, tuple[Run, float]] = {}

    def run(self, kills: int, workers: int, told=print) -> list[Killed]:
        """Do runs of each kind in turn until `kills` kills were made; return what became of each."""
        kinds.prepare(self.folder / "shared")
        with ThreadPoolExecutor(workers) as pool:
            for name, whole in zip(self.names, pool.map(self._undisturbed, self.names), strict=True):
                self._whole[name] = whole
                told(f"{name}: {whole[1]:.1f} s undisturbed")
            for done in [pool.submit(self._work, kills, told) for _ in range(workers)]:
                done.result()
        return self.results

    def made(self) -> int:
        """How many kills were made."""
        return sum(len(result.kills) for result in self.results)

    def _work(self, kills: int, told) -> None:
        while self.made() < kills:
            with self._lock:
                number, self._next = self._next, self._next + 1
            result = self._killed(self.names[number % len(self.names)], self.seed + number)
            with self._lock:
                self.results.append(result)
                said = "; ".join(result.differences) or "the same"
                told(f"{self.made():4d}/{kills} {result.kind} #{result.seed}: {', '.join(result.kills)}: {said}")

    def _undisturbed(self, kind: str) -> tuple[Run, float]:
        """Return the whole run of `kind` and how long it took from its `started`, in seconds."""
        job_file = kinds.write_job(kind, self.folder / "shared", _new(self.folder / "whole" / _slug(kind)))
        one = Process(job_file, resume=False)
        one.begun()
        began = time.monotonic()
        if not one.done():
            raise RuntimeError(f"the undisturbed run of {kind} failed: see {job_file.parent}")
        return Run(job_file.parent / "small"), time.monotonic() - began

    def _killed(self, kind: str, seed: int) -> Killed:
        whole, seconds = self._whole[kind]
        numbers, result = random.Random(seed), Killed(kind, seed)
        job_file = kinds.write_job(kind, self.folder / "shared", _new(self.folder / f"{_slug(kind)}-{seed}"))
        for number in range(MOST + 1):
            one = Process(job_file, resume=number > 0)
            delay = numbers.uniform(0, seconds) if number < MOST else PATIENCE
            if numbers.random() >= FROM_THE_START:
                one.begun()
            phase = one.killed_after(delay)
            if phase is None:
                break
            result.kills.append(phase)
        if not one.done():
            result.differences.append("it ended before it was done, by itself")
            return result
        result.differences += differences(Run(job_file.parent / "small"), whole, kinds.states_by_the_clock(kind))
        return result


class Process:
    """A victim at work."""

    def __init__(self, job_file: Path, resume: bool):
        self._events = job_file.parent / "small" / "events.jsonl"
        self._before = self._starts()
        self._phase = victim.processes.Value("i", victim.IMPORTING, lock=False)
        self._process = victim.processes.Process(target=victim.run, args=(str(job_file), resume, self._phase))
        self._process.start()
        while self._process.is_alive() and self._phase.value == victim.IMPORTING:
            time.sleep(0.002)

    def begun(self) -> None:
        """Wait for the run's next `started`, or for its end."""
        while self._process.is_alive() and self._starts() == self._before:
            time.sleep(0.002)

    def killed_after(self, seconds: float) -> str | None:
        """Kill it after `seconds` and return the phase it was in; None where it ended before."""
        self._process.join(seconds)
        if not self._process.is_alive():
            return None
        os.kill(self._process.pid, signal.SIGKILL)
        self._process.join()
        # not by the exit code: another worker's start reads that as well, and one of the two then gets 255
        return None if self._phase.value == victim.DONE else victim.PHASES[self._phase.value]

    def done(self) -> bool:
        """Wait for the end and return whether the run came to its own."""
        self._process.join(PATIENCE)
        return self._phase.value == victim.DONE

    def _starts(self) -> int:
        return self._events.read_bytes().count(b'"event": "started"') if self._events.exists() else 0


def phases(results: list[Killed]) -> Counter:
    """Return how many kills fell in each phase."""
    return Counter(phase for result in results for phase in result.kills)


def _new(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


def _slug(kind: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in kind.lower())
