"""A trainer that kills itself with SIGKILL at a chosen place.

Places: `step` before the COUNT-th step's metrics line, `row` in the middle of that line, `lora` and `state-file` after
the COUNT-th such file, `rename` before the COUNT-th state gets its name, `clean` before its predecessor goes, `none`.
"""

import gc
import os
import shutil
import signal
from pathlib import Path

import torch

from wannb.job import Job
from wannb.runs import lines, log, state, trainer
from wannb.wan.adapters import lora_file


def after(function, count, die_before=False):
    """`function`, which dies of SIGKILL at its `count`-th call: before doing its work or after."""
    calls = 0

    def wrapped(*args, **kwargs):
        nonlocal calls
        calls += 1
        if die_before and calls == count:
            os.kill(os.getpid(), signal.SIGKILL)
        result = function(*args, **kwargs)
        if calls == count:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return wrapped


def half_row(count):
    """`LineWriter.append`, which at the metrics' `count`-th line writes half of it and dies."""
    whole = lines.LineWriter.append
    rows = 0

    def append(self, row):
        nonlocal rows
        rows += "loss" in row
        if "loss" in row and rows == count:
            self._file.write(lines._line(row)[:40])
            os.kill(os.getpid(), signal.SIGKILL)
        whole(self, row)

    return append


def arm(place: str, count: int) -> None:
    if place == "step":
        log.RunLog.step = after(log.RunLog.step, count, die_before=True)
    elif place == "row":
        lines.LineWriter.append = half_row(count)
    elif place == "lora":
        lora_file.save_file = after(lora_file.save_file, count)
    elif place == "state-file":
        state.save_file = after(state.save_file, count)
    elif place == "rename":
        state.os = type("os", (), {**vars(os), "rename": staticmethod(after(os.rename, count, die_before=True))})
    elif place == "clean":
        state.shutil = type("shutil", (), {"rmtree": staticmethod(after(shutil.rmtree, count, die_before=True))})


def run(job_file: str, place: str, count: int, resume: bool, said: str) -> None:
    """Train in this process; what the trainer says at the end goes to the file `said`."""
    torch.set_num_threads(1)
    gc.freeze()  # what is imported is not walked by the collector
    arm(place, count)
    Path(said).write_text(trainer.train(Job.load(job_file), resume=resume).message)
