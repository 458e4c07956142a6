"""Compiled functions: what they need of a machine, and where what was compiled lasts from run to run."""

import os
import shutil
from collections.abc import Callable

import torch

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


def demand_compiler(device: torch.device) -> None:
    """Raise Refusal where blocks cannot be compiled for `device`."""
    wanted = os.environ.get(NAMED.get(device.type, "CC")), *COMPILERS.get(device.type, ())
    if not any(shutil.which(one) for one in wanted if one):
        raise Refusal(
            "wannb.compile needs a C compiler and this machine has none: install one (on Debian and Ubuntu apt install "
            "g++), or switch Compiled Blocks off."
        )
