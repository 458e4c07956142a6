"""Which of these kernels the blocks use in place of what torch and its compiler make: none, unless a script says so."""

import importlib.util

import torch
from torch import Tensor

KERNELS = ("rows", "feed_forward", "norms", "text", "lora")
FIRST = (8, 9)
"""Compute capability: the first with conversions to 8-bit floats."""

_chosen: frozenset[str] = frozenset()
_devices: tuple[str, ...] = ("cpu",)


def choose(*kernels: str) -> None:
    """Use these of KERNELS from now on, wherever the device has them, and no others."""
    global _chosen, _devices
    unknown = set(kernels) - set(KERNELS)
    if unknown:
        raise ValueError(f"no kernels of the names {sorted(unknown)}: take some of {', '.join(KERNELS)}")
    _chosen = frozenset(kernels)
    _devices = ("cpu", "cuda") if _on_a_card() else ("cpu",)


def uses(kernel: str, x: Tensor) -> bool:
    """Whether `kernel` is to be used on `x`."""
    return kernel in _chosen and x.device.type in _devices


def _on_a_card() -> bool:
    if not torch.cuda.is_available() or importlib.util.find_spec("triton") is None:
        return False
    return torch.cuda.get_device_capability() >= FIRST
