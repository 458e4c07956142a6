"""Where the kernels of this folder take the place of torch's own operators."""

import importlib.util
from functools import cache

import torch

FIRST = (8, 9)
"""Compute capability: the first with conversions to 8-bit floats."""


@cache
def on(device: torch.device) -> bool:
    """Whether they run on `device`: cards from the RTX 40 and the H100 on, where there is Triton."""
    if device.type != "cuda" or importlib.util.find_spec("triton") is None:
        return False
    return torch.cuda.get_device_capability(device) >= FIRST
