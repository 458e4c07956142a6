"""Compiled functions: what they need of a machine, and where what was compiled lasts from run to run."""

import importlib.util
import os
import shutil
from collections.abc import Callable

import torch

from wannb.job import Job
from wannb.refusal import Refusal
from wannb.wan.loading.tiny import user_cache

COMPILES = 64
"""Of one function; a new shape class or precision is one more, and beyond them a run would go on uncompiled."""
COMPILERS = {"cuda": ("gcc", "cc", "clang"), "cpu": ("g++", "c++", "clang++")}
"""By device type, those that Triton and Inductor call."""
NAMED = {"cuda": "CC", "cpu": "CXX"}
"""The variables that name another one."""


def compiled(function: Callable) -> Callable:
    """`function` as one graph, for every shape class anew; later runs find the kernels in wannb's cache."""
    os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(user_cache() / "compiled"))
    torch._dynamo.config.recompile_limit = max(COMPILES, torch._dynamo.config.recompile_limit)
    return torch.compile(function, fullgraph=True)


def wanted(job: Job, device: torch.device) -> bool:
    """Whether the blocks of `job` are compiled on `device`: as it says, "auto" where a GPU has what that needs."""
    if job.wannb.compile == "auto":
        return job.compiles and device.type == "cuda" and lacking(device) is None
    return job.wannb.compile


def lacking(device: torch.device) -> str | None:
    """What there is not here of what compiling for `device` needs, in words."""
    wanted = os.environ.get(NAMED.get(device.type, "CC")), *COMPILERS.get(device.type, ())
    if not any(shutil.which(one) for one in wanted if one):
        return "a C compiler (on Debian and Ubuntu apt install g++)"
    if device.type == "cuda" and importlib.util.find_spec("triton") is None:
        return "Triton (pip install triton, on Windows triton-windows)"
    return None


def demand_compiler(job: Job, device: torch.device) -> None:
    """Raise Refusal where `job` asks for compiled blocks, and they cannot be compiled for `device`."""
    if job.wannb.compile is True and (missing := lacking(device)):
        raise Refusal(
            f"wannb.compile needs {missing} and this machine has none: install it, or switch Compiled Blocks off."
        )


def failed(error: BaseException) -> bool:
    """Whether `error` is the compiler's own."""
    return isinstance(error, torch._dynamo.exc.TorchDynamoException)
