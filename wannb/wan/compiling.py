"""Compiled functions: what they need of a machine, and where what was compiled lasts from run to run."""

import os
from collections.abc import Callable

import torch

from wannb.job import Job
from wannb.machine import lacks_to_compile
from wannb.refusal import Refusal
from wannb.wan.loading.tiny import user_cache

COMPILES = 64
"""Of one function; a new shape class or precision is one more, and beyond them a run would go on uncompiled."""

LETTERS = 200
"""Of a compiler's error."""


def compiled(function: Callable) -> Callable:
    """`function` as one graph, for every shape class anew; later runs find the kernels in wannb's cache."""
    os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(user_cache() / "compiled"))
    torch._dynamo.config.recompile_limit = max(COMPILES, torch._dynamo.config.recompile_limit)
    return torch.compile(function, fullgraph=True)


def wanted(job: Job, device: torch.device) -> bool:
    """Whether the blocks of `job` are compiled on `device`: as it says, "auto" where a GPU has what that needs."""
    if job.wannb.compile == "auto":
        return job.compiles and device.type == "cuda" and lacks_to_compile(device.type) is None
    return job.wannb.compile


def demand_compiler(job: Job, device: torch.device) -> None:
    """Raise Refusal where `job` asks for compiled blocks, and they cannot be compiled for `device`."""
    if job.wannb.compile is True and (missing := lacks_to_compile(device.type)):
        raise Refusal(
            f"wannb.compile needs {missing} and this machine has none: install it, or switch Compiled Blocks off."
        )


def failed(error: BaseException) -> bool:
    """Whether `error` is the compiler's own."""
    return isinstance(error, torch._dynamo.exc.TorchDynamoException)


def told(error: BaseException) -> str:
    """What the compiler said, shortened."""
    return f"the compiler failed: {type(error).__name__}: {' '.join(str(error).split())[:LETTERS]}"
