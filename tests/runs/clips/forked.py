"""Renderers that fork from a process that has torch imported already, so that tests need not wait for it."""

import gc
import multiprocessing
import os
import sys
import time

import psutil

from tests.runs import launched

processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload([*launched.ON_ITS_WAY, "tests.runs.clips.forked", "wannb.runs.clips.making"])
started: list = []


def start_detached(log, command):
    """`launching.start_detached` for a renderer: in the same log, as a fork."""
    process = processes.Process(target=_shell, args=(str(log), command[-1]))
    process.start()
    started.append(process)
    return process.pid, psutil.Process(process.pid).create_time()


def until(true, seconds=120.0):
    """Wait until `true()` holds, and return it."""
    end = time.monotonic() + seconds
    while not (value := true()):
        assert time.monotonic() < end
        time.sleep(0.02)
    return value


def _shell(log: str, run: str) -> None:
    import torch

    from wannb.runs.clips.renderer import render
    from wannb.runs.run import Run

    out = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.dup2(out, 1)
    os.dup2(out, 2)
    sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w", buffering=1)
    torch.set_num_threads(1)
    gc.freeze()  # what is imported is not walked by the collector
    os.setsid()
    render(Run(run), patience=3.0)
