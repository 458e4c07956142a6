"""Triton's forms of the kernels, on a CPU."""

import os
import subprocess
import sys
from pathlib import Path


def test_tritons_forms_are_the_plain_ones():
    files = sorted(str(path) for path in Path(__file__).parent.glob("test_triton_*.py"))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *files]
    environment = os.environ | {"TRITON_INTERPRET": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=Path(__file__).parents[3])
    assert done.returncode == 0, done.stdout[-4000:]
