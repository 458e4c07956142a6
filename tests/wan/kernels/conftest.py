"""Triton's forms of the kernels are compared where Triton can be imported; elsewhere the header says that they are not.

Its interpreter must be asked for before anything imports Triton, so `test_in_tritons_interpreter` starts pytest anew.
"""

import importlib.util
import os

HAS_TRITON = importlib.util.find_spec("triton") is not None
IS_INTERPRETED = os.environ.get("TRITON_INTERPRET") == "1"
collect_ignore_glob = [
    *([] if IS_INTERPRETED else ["test_triton_*.py"]),
    *([] if HAS_TRITON and not IS_INTERPRETED else ["test_in_tritons_interpreter.py"]),
]


def pytest_report_header() -> str:
    return f"Triton's forms: {'in its interpreter' if HAS_TRITON else 'left out, there is no Triton here'}"
