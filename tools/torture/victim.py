"""A trainer in a process of its own that says what it is at, so that the campaign knows where its kills fell."""

import gc
import multiprocessing
import threading
from collections.abc import Callable
from typing import Any

import torch
from tqdm import tqdm

from wannb.job import Job
from wannb.runs import checkpoints, previews, state, trainer, training
from wannb.runs.log import RunLog
from wannb.runs.validation import Validation

PHASES = ("begin", "step", "log", "save", "preview", "validate", "between")
IMPORTING, DONE = -1, -2
PLACES = (
    (training, "take_step", "step"), (RunLog, "step", "log"), (state, "save", "save"), (checkpoints, "write", "save"),
    (checkpoints, "rotate", "save"), (previews, "make", "preview"), (Validation, "measure", "validate"),
)  # fmt: skip
processes = multiprocessing.get_context("forkserver")
ON_ITS_WAY = ("torch._dynamo.config", "transformers.models.umt5.modeling_umt5", "wannb.wan.previews")
"""What a trainer imports when it gets there: forks should find it."""

processes.set_forkserver_preload([*ON_ITS_WAY, "tools.torture.victim"])


def run(job_file: str, resume: bool, phase: Any) -> None:
    """Train; `phase` holds an index into PHASES from when all is imported, and DONE when the run is."""
    torch.set_num_threads(1)
    gc.freeze()  # what is imported is not walked by the collector
    tqdm.set_lock(threading.RLock())  # its own is a semaphore that a killed process leaves behind
    for place, name, called in PLACES:
        setattr(place, name, _marked(getattr(place, name), phase, PHASES.index(called)))
    phase.value = PHASES.index("begin")
    trainer.train(Job.load(job_file), resume=resume)
    phase.value = DONE


def _marked(function: Callable, phase: Any, number: int) -> Callable:
    def wrapped(*args, **kwargs):
        phase.value = number
        try:
            return function(*args, **kwargs)
        finally:
            phase.value = PHASES.index("between")

    return wrapped
