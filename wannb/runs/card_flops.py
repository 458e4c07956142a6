"""What a device can do at most: the FLOP/s of a large bf16 product, by measuring."""

import statistics
import time

import torch

MATMUL = 8192
"""Side of the product."""


def flops(device: torch.device, tries: int = 10) -> float | None:
    """FLOP/s of a large bf16 product, the median of `tries`; random numbers, for zeros multiply faster."""
    if device.type != "cuda":
        return None
    left, right = (torch.randn(MATMUL, MATMUL, device=device, dtype=torch.bfloat16) for _ in range(2))
    seconds = []
    for _ in range(3 + tries):
        torch.cuda.synchronize(device)
        began = time.perf_counter()
        left @ right
        torch.cuda.synchronize(device)
        seconds.append(time.perf_counter() - began)
    return 2 * MATMUL**3 / statistics.median(seconds[3:])
