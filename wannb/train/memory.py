"""The most memory that a step took, and by which account."""

from typing import Any

import psutil
import torch

GIB = 2**30


def begin(device: torch.device) -> None:
    """Forget the most that was reserved on `device` before now."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)


def most(device: torch.device) -> dict[str, Any]:
    """Return `memory_gib` since `begin`, and `memory_of`: what CUDA's allocator reserved at most or, where there is no
    such account, what MPS holds or this process has in RAM now."""
    if device.type == "cuda":
        return _row(torch.cuda.max_memory_reserved(device), "CUDA reserved")
    if device.type == "mps":
        return _row(torch.mps.driver_allocated_memory(), "MPS allocated")
    return _row(psutil.Process().memory_info().rss, "process RSS")


def _row(count: int, account: str) -> dict[str, Any]:
    return {"memory_gib": round(count / GIB, 4), "memory_of": account}
