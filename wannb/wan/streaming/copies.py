"""Copies between main memory and a device that run beside the device's work.

On a card they have streams of their own and wait for events, never for the host; elsewhere a copy is done when the call
returns. A *mark* is a moment in the device's order of work: an event, or None where everything is done at once.
"""

import weakref
from collections.abc import Iterable
from mmap import mmap

import torch
from torch import Tensor

from wannb.refusal import Refusal

GIB = 2**30
PORTABLE = 1
"""Pinned for every card: `cudaHostRegisterPortable`."""


class CudaCopies:
    """Copies of a card, one stream for each way: both ways have a wire of their own."""

    def __init__(self, device: torch.device):
        self._device = device
        self._to, self._back = torch.cuda.Stream(device), torch.cuda.Stream(device)

    def host(self, size: int) -> Tensor:
        """uint8 [size] in pinned memory, which the card reads by itself; raises Refusal where there is none left.

        Pages of its own that are pinned where they lie: torch's pinned memory rounds up to powers of two, by half as
        much again for a block of 0.66 GiB.
        """
        pages = mmap(-1, max(size, 1))
        buffer = torch.frombuffer(pages, dtype=torch.uint8)[:size]
        code = torch.cuda.cudart().cudaHostRegister(buffer.data_ptr(), len(pages), PORTABLE)
        if int(code):
            raise Refusal(
                f"{size / GIB:.2f} GiB more of main memory could not be kept for the card (CUDA's error {int(code)}): "
                "Low VRAM and Layer Offloading need as much free memory as the experts are large."
            )
        weakref.finalize(buffer, _unpin, buffer.data_ptr(), self._device).atexit = False
        return buffer

    def now(self) -> torch.cuda.Event:
        """The mark behind all work that was launched so far."""
        return torch.cuda.current_stream(self._device).record_event()

    def to_device(self, there: Tensor, here: Tensor, *after: torch.cuda.Event | None) -> torch.cuda.Event:
        """Copy `here` (host) to `there` once all of `after` are past; return the mark behind it."""
        return _copy(self._to, there, here, after)

    def to_host(self, here: Tensor, there: Tensor, *after: torch.cuda.Event | None) -> torch.cuda.Event:
        """Copy `there` (device) to `here` once all of `after` are past; return the mark behind it."""
        return _copy(self._back, here, there, after)

    def wait(self, mark: torch.cuda.Event | None) -> None:
        """Have the device's work wait for `mark` from here on; the host does not wait."""
        if mark is not None:
            torch.cuda.current_stream(self._device).wait_event(mark)


class PlainCopies:
    """The same where there are no streams: on the CPU and on MPS."""

    def host(self, size: int) -> Tensor:
        return torch.empty(size, dtype=torch.uint8)

    def now(self) -> None:
        return None

    def to_device(self, there: Tensor, here: Tensor, *after: None) -> None:
        there.copy_(here)

    def to_host(self, here: Tensor, there: Tensor, *after: None) -> None:
        here.copy_(there)

    def wait(self, mark: None) -> None:
        """It is done."""


Copies = CudaCopies | PlainCopies


def copies_for(device: torch.device) -> Copies:
    return CudaCopies(device) if device.type == "cuda" else PlainCopies()


def _unpin(address: int, device: torch.device) -> None:
    torch.cuda.synchronize(device)  # a copy may be under way
    torch.cuda.cudart().cudaHostUnregister(address)


def _copy(
    stream: torch.cuda.Stream, into: Tensor, of: Tensor, after: Iterable[torch.cuda.Event | None]
) -> torch.cuda.Event:
    for mark in after:
        if mark is not None:
            stream.wait_event(mark)
    with torch.cuda.stream(stream):
        into.copy_(of, non_blocking=True)
    return stream.record_event()
