"""The device and precision that a job names, as torch has them here."""

import gc

import torch

DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}


def device_of(name: str) -> torch.device:
    """Return the device called `name` (`cuda`, `cuda:0`, `mps`, `cpu`), or the CPU where this machine has none."""
    device = torch.device(name)
    present = {"cuda": torch.cuda.is_available, "mps": torch.backends.mps.is_available}
    return device if present.get(device.type, lambda: False)() else torch.device("cpu")


def release() -> None:
    """Give back the memory of models that nobody refers to any more."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
