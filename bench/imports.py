"""How long an import takes in a fresh interpreter, start-up of Python itself taken off."""

import subprocess
import sys
import time

from bench.measured import Measured

TRIES = 7


def imports(line: str) -> Measured:
    """Run `line` in TRIES fresh interpreters, after one that fills the file cache."""
    run(line)
    empty = min(run("pass") for _ in range(3))
    return Measured(line, [max(0.0, run(line) - empty) for _ in range(TRIES)])


def run(line: str) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", line], check=True)
    return time.perf_counter() - began
