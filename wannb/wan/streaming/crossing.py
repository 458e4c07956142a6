"""Small tensors to a card and back without waiting for the work that it has before it."""

from collections.abc import Callable

import torch
from torch import Tensor


def sent(tensor: Tensor, device: torch.device, dtype: torch.dtype | None = None) -> Tensor:
    """Return `tensor` on `device`, in `dtype` where one is given; a card takes it up in its order of work."""
    if device.type == "cuda" and tensor.device.type == "cpu":
        tensor = tensor.pin_memory()
    return tensor.to(device, dtype or tensor.dtype, non_blocking=True)


def coming(tensor: Tensor) -> Callable[[], Tensor]:
    """Begin to bring `tensor` to main memory and return what gives it: that waits for what was launched before this
    call, and for nothing launched since."""
    tensor = tensor.detach()
    if tensor.device.type != "cuda":
        here = tensor.cpu()
        return lambda: here
    here = torch.empty(tensor.shape, dtype=tensor.dtype, pin_memory=True)
    here.copy_(tensor, non_blocking=True)
    there = torch.cuda.current_stream(tensor.device).record_event()

    def arrived() -> Tensor:
        there.synchronize()
        return here

    return arrived
