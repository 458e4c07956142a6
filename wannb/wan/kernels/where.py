"""Where the kernels of this folder take the place of torch's own operators."""

import importlib.util
from functools import cache

import torch

FIRST = (8, 9)
"""Compute capability; `torch._scaled_mm` has the same rule."""


def has_8_bit_floats(device: torch.device) -> bool:
    """Whether `device` converts to them and multiplies them: cards from the RTX 40 and the H100 on."""
    return device.type == "cuda" and torch.cuda.get_device_capability(device) >= FIRST


@cache
def on(device: torch.device) -> bool:
    """Whether they run on `device`: such a card, where there is Triton."""
    return has_8_bit_floats(device) and importlib.util.find_spec("triton") is not None
