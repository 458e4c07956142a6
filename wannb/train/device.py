"""The device and precision that a job names, as torch has them here."""

import gc
import os
import sys

import torch

DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}

ALLOCATOR = ("PYTORCH_ALLOC_CONF", "PYTORCH_CUDA_ALLOC_CONF")
"""The variables that tell torch how to reserve a card's memory, the present one first."""


def device_of(name: str) -> torch.device:
    """Return the device called `name` (`cuda`, `cuda:0`, `mps`, `cpu`), or the CPU where this machine has none."""
    device = torch.device(name)
    present = {"cuda": torch.cuda.is_available, "mps": torch.backends.mps.is_available}
    if not present.get(device.type, lambda: False)():
        return torch.device("cpu")
    if device.type == "cuda" and sys.platform == "linux":
        segments_grow()
    return device


def segments_grow() -> None:
    """Have torch lengthen what it reserved of a card instead of reserving beside it: clips of several sizes otherwise
    leave pieces that fit none of them, 15 GiB of 75 on an H200. It counts before the card's first use, and whoever
    has told torch something else is not overruled."""
    if not any(name in os.environ for name in ALLOCATOR):
        os.environ[ALLOCATOR[0]] = "expandable_segments:True"


def release() -> None:
    """Give back the memory of models that nobody refers to any more."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
