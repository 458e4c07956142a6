"""Blocks' inputs in main memory between forward and backward pass.

An input is written there while its block computes, and read back while the block behind it has its backward pass.
A block of 11,264 tokens has 115 MB, 2.3 ms at 50 GB/s beside some 15 ms of arithmetic (reckoned).
"""

import weakref
from collections.abc import Callable

import torch
from torch import Tensor
from torch.autograd.graph import saved_tensors_hooks

from wannb.wan.streaming.copies import Copies

Buffer = tuple[Tensor, object]
"""uint8 in main memory, and the mark behind its last copy."""


class Shelf:
    """Puts inputs by in passes with gradients. On the device are at most three at a time (`streaming.INPUTS`): the one
    of the block at work and, in the forward pass, two that leave. A compiled block tells what it saves when it is
    launched already, so its input leaves beside the next one."""

    def __init__(self, copies: Copies):
        self._copies = copies
        self._free: list[Buffer] = []
        self._leaving: list[tuple[Tensor, object]] = []  # and the mark behind the copy of each
        self._row: Callable[[], _Row | None] = lambda: None  # weak: it lives as long as its graph

    def forward(self, place: int) -> "_Row":
        """Block `place` comes next in a forward pass: the input that left before the last is let go of. Return the
        pass."""
        self._let_go(but=1)
        row = self._row()
        if place == 0 or row is None:
            row = _Row(self._let_go)
            self._row = weakref.ref(row)
        return row

    def _let_go(self, but: int = 0) -> None:
        """Give up all inputs that leave but the last so many."""
        while len(self._leaving) > but:
            _, mark = self._leaving.pop(0)
            self._copies.wait(mark)  # in the device's order, so its memory is free for what comes now

    def putting_by(self, row: "_Row", place: int, hidden: Tensor) -> saved_tensors_hooks:
        """Inside the block what would be saved of `hidden`, the input of block `place`, is kept in main memory."""
        where, shape = hidden.data_ptr(), hidden.shape

        def pack(tensor: Tensor) -> "Tensor | _Ticket":
            if tensor.data_ptr() != where or tensor.shape != shape:
                return tensor
            if place not in row.tickets:
                ticket = row.tickets[place] = _Ticket(self._copies, self._buffer(tensor.nbytes), tensor, self._free)
                self._leaving.append((tensor, ticket.mark))
            return row.tickets[place]

        return saved_tensors_hooks(pack, _unpack)

    def _buffer(self, size: int) -> Buffer:
        """The smallest free buffer that holds so many bytes; where all are smaller, the smallest gives way to a new
        one: sizes that are used no more are not kept."""
        self._free.sort(key=lambda one: len(one[0]))
        for number, (buffer, _) in enumerate(self._free):
            if len(buffer) >= size:
                return self._free.pop(number)
        if self._free:
            self._free.pop(0)
        return self._copies.host(size), None


class _Row:
    """What was put by of one forward pass, by the number of the block. let_go: of what still leaves."""

    def __init__(self, let_go: Callable[[], None]):
        self.tickets: dict[int, _Ticket] = {}
        self._let_go = let_go

    def backward(self, place: int) -> None:
        """The backward pass of block `place` comes next: the input of the block before it is sent for."""
        self._let_go()
        for behind in [one for one in self.tickets if one > place]:
            self.tickets.pop(behind).drop()
        for soon in (place, place - 1):
            if soon in self.tickets:
                self.tickets[soon].fetch()


class _Ticket:
    """An input in main memory. mark: behind its last copy. Its buffer goes back to `free` when it is dropped or when
    the graph that holds it is gone, whichever is first."""

    def __init__(self, copies: Copies, buffer: Buffer, tensor: Tensor, free: list[Buffer]):
        self._copies, self._free = copies, free
        self._buffer: Tensor | None = buffer[0]
        self._here = buffer[0][: tensor.nbytes].view(tensor.dtype).view(tensor.shape)
        self._device, self._there = tensor.device, None
        self.mark = buffer[1]
        self.mark = copies.to_host(self._here, tensor.detach(), copies.now(), self.mark)

    def fetch(self) -> Tensor:
        """Send for it, where that was not done yet; work that reads it has to wait for `mark`."""
        if self._buffer is None:
            raise RuntimeError("A block's input was put by for one backward pass, and this is a second one.")
        if self._there is None:
            self._there = torch.empty_like(self._here, device=self._device)
            self.mark = self._copies.to_device(self._there, self._here, self._copies.now(), self.mark)
        return self._there

    def arrived(self) -> Tensor:
        """It, for work that is launched from here on."""
        there = self.fetch()
        self._copies.wait(self.mark)
        return there

    def drop(self) -> None:
        """Its block is done: let go of what lies on the device, once it is there, and of the buffer."""
        if self._there is not None:
            self._copies.wait(self.mark)
        if self._buffer is not None:
            self._free.append((self._buffer, self.mark))
        self._there = self._buffer = None

    def __del__(self) -> None:
        self.drop()


def _unpack(saved: "Tensor | _Ticket") -> Tensor:
    return saved.arrived() if isinstance(saved, _Ticket) else saved
