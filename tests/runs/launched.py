"""Launching with processes that fork from one that has torch imported already, so that tests need not wait for it."""

import gc
import multiprocessing
import os
import sys
import time

import psutil

from wannb.runs import launching

ON_ITS_WAY = ("torch._dynamo.config", "transformers.models.umt5.modeling_umt5", "wannb.wan.previews")
"""What a trainer imports when it gets there: forks should find it."""

processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload([*ON_ITS_WAY, "tests.runs.launched", "wannb.runs.trainer"])
started: list = []


def forked(run, command):
    """`launching._started`: the same command, its output in the same log, as a fork."""
    process = processes.Process(target=_shell, args=(str(run.log), command[command.index("wannb") + 1 :]))
    process.start()
    started.append(process)
    return process.pid, psutil.Process(process.pid).create_time()


def launcher(job_file: str) -> None:
    """Launch and then do nothing until somebody ends this process."""
    from wannb.job import Job

    launching.launch(Job.load(job_file))
    time.sleep(600)


def _shell(log: str, arguments: list[str]) -> None:
    import torch

    from wannb.cli import main

    out = os.open(log, os.O_WRONLY | os.O_APPEND)
    os.dup2(out, 1)
    os.dup2(out, 2)
    sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w", buffering=1)
    torch.set_num_threads(1)
    gc.freeze()  # what is imported is not walked by the collector
    os.setsid()
    sys.exit(main(arguments))
