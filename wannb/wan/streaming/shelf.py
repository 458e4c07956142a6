"""Blocks' inputs in main memory between forward and backward pass, what stands before their feed-forwards, and
attention's outputs where these are kept.

They are written there while the block computes, and read back while the block behind it has its backward pass. A block
of 11,264 tokens has 231 MB, 4.6 ms at 50 GB/s beside some 15 ms of arithmetic (reckoned); twice as much with attention.
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
    """Puts hidden states by in passes with gradients. On the device are at most those of two blocks at a time and the
    block at work's output (`streaming.HIDDEN`). A compiled block tells what it saves when it is launched already, so
    its own leave beside the next block."""

    def __init__(self, copies: Copies):
        self._copies = copies
        self._free: list[Buffer] = []
        self._leaving: list[dict[int, tuple[Tensor, _Ticket]]] = []  # of each block, by their addresses
        self._row: Callable[[], _Row | None] = lambda: None  # weak: it lives as long as its graph

    def forward(self, place: int) -> "_Row":
        """Block `place` comes next in a forward pass: what left before the last block is let go of. Return the
        pass."""
        self._let_go(but=1)
        row = self._row()
        if place == 0 or row is None:
            row = _Row(self._let_go)
            self._row = weakref.ref(row)
        return row

    def _let_go(self, but: int = 0) -> None:
        """Give up all that leaves but that of the last so many blocks."""
        while len(self._leaving) > but:
            block = self._leaving.pop(0)
            for _, ticket in block.values():
                self._copies.wait(ticket.mark)  # in the device's order, so its memory is free for what comes now
            block.clear()  # autograd holds on to the function that filled it

    def putting_by(self, row: "_Row", place: int, hidden: Tensor) -> saved_tensors_hooks:
        """Inside block `place` what is saved and as large as `hidden`, its input, is kept in main memory."""
        size, dtype, leaving = hidden.numel(), hidden.dtype, dict[int, tuple[Tensor, _Ticket]]()
        self._leaving.append(leaving)

        def pack(tensor: Tensor) -> "Tensor | _Ticket":
            if tensor.numel() != size or tensor.dtype != dtype or not _is_dense(tensor):
                return tensor
            if tensor.data_ptr() not in leaving:
                ticket = _Ticket(self._copies, self._buffer(tensor.nbytes), tensor, self._free)
                leaving[tensor.data_ptr()] = tensor.detach(), ticket  # with its graph a pass that broke off would stay
                row.tickets.setdefault(place, []).append(ticket)
            return leaving[tensor.data_ptr()][1]

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
        self.tickets: dict[int, list[_Ticket]] = {}
        self._let_go = let_go

    def backward(self, place: int) -> None:
        """The backward pass of block `place` comes next: what the block before it put by is sent for."""
        self._let_go()
        for behind in [one for one in self.tickets if one > place]:
            for ticket in self.tickets.pop(behind):
                ticket.drop()
        for soon in (place, place - 1):
            for ticket in self.tickets.get(soon, ()):
                ticket.fetch()


class _Ticket:
    """A hidden state in main memory. mark: behind its last copy. Its buffer goes back to `free` when it is dropped or
    when the graph that holds it is gone, whichever is first."""

    def __init__(self, copies: Copies, buffer: Buffer, tensor: Tensor, free: list[Buffer]):
        self._copies, self._free = copies, free
        self._buffer: Tensor | None = buffer[0]
        # strides too: a compiled backward pass relies on them
        self._here = buffer[0][: tensor.nbytes].view(tensor.dtype).as_strided(tensor.shape, tensor.stride())
        self._device, self._there = tensor.device, None
        self.mark = buffer[1]
        self.mark = copies.to_host(self._here, tensor.detach(), copies.now(), self.mark)

    def fetch(self) -> Tensor:
        """Send for it, where that was not done yet; work that reads it has to wait for `mark`."""
        if self._buffer is None:
            raise RuntimeError("A hidden state was put by for one backward pass, and this is a second one.")
        if self._there is None:
            shape, strides = self._here.shape, self._here.stride()
            self._there = torch.empty_strided(shape, strides, dtype=self._here.dtype, device=self._device)
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


def _is_dense(tensor: Tensor) -> bool:
    """Whether its numbers lie side by side in whatever order."""
    expected = 1
    for stride, size in sorted(zip(tensor.stride(), tensor.shape, strict=True)):
        if size > 1 and stride != expected:
            return False
        expected *= size
    return True


def _unpack(saved: "Tensor | _Ticket") -> Tensor:
    return saved.arrived() if isinstance(saved, _Ticket) else saved
