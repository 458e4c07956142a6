"""Frozen tensors side by side in one buffer of main memory, to be copied to a device in one piece."""

from collections.abc import Callable, Iterable, Iterator

import torch
from torch import Tensor, nn

ALIGNMENT = 256
"""Bytes: every tensor begins at a multiple, as in torch's own allocations; kernels count on 16."""


class Packed:
    """The master of `tensors`: parameters and buffers of any precision, which only users of `master` ever change.

    The tensors stay the objects that they are, and so do graphs that hold them: `bind` only tells where their numbers
    lie on the device. host: uint8 [size].
    """

    def __init__(self, tensors: Iterable[Tensor], allocate: Callable[[int], Tensor]):
        self.tensors = list({id(one): one for one in tensors}.values())
        self._places: list[int] = []
        size = 0
        for one in self.tensors:
            self._places.append(size)
            size += -(-_span(one) // ALIGNMENT) * ALIGNMENT
        self.host = allocate(size)
        for number, one in enumerate(self.tensors):
            self._at(number, self.host.untyped_storage()).copy_(one.detach())

    @property
    def size(self) -> int:
        return len(self.host)

    def bind(self, storage: torch.UntypedStorage) -> None:
        """Let the tensors' numbers lie in `storage` from now on, whatever is in it; what held them before is free."""
        for number, one in enumerate(self.tensors):
            one.data = self._at(number, storage)

    def master(self, tensor: Tensor) -> Tensor | None:
        """Where the numbers of `tensor` lie in main memory; None where it is none of these."""
        for number, one in enumerate(self.tensors):
            if one is tensor:
                return self._at(number, self.host.untyped_storage())
        return None

    def _at(self, number: int, storage: torch.UntypedStorage) -> Tensor:
        one = self.tensors[number]
        place = self._places[number] // one.element_size()
        return torch.empty(0, dtype=one.dtype, device=storage.device).set_(storage, place, one.shape, one.stride())


def frozen(*modules: nn.Module) -> Iterator[Tensor]:
    """All that these modules have of parameters without gradients and of buffers."""
    for module in modules:
        yield from (one for one in module.parameters() if not one.requires_grad)
        yield from module.buffers()


def _span(tensor: Tensor) -> int:
    """Bytes from the first number of `tensor` to its last."""
    if tensor.numel() == 0:
        return 0
    last = sum((length - 1) * step for length, step in zip(tensor.shape, tensor.stride(), strict=True))
    return (last + 1) * tensor.element_size()
