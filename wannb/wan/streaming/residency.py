"""Experts whose frozen weights lie in main memory and are on the device while they are used.

Frozen weights never change, so they travel one way: main memory keeps the master, pinned, and the device's copy is
written over. *Low VRAM*: block k of either expert takes the same place, which changes hands as soon as the last
backward pass before a switch is through with it, so two experts take the place of one. *Layer Offloading*: some blocks
share a ring of two places in both directions of every pass; while a block computes, the next one comes.

What it costs on a card of PCIe 5 (about 50 GB/s from pinned memory; reckoned): an expert of the 14 B has 0.66 GiB a
block in bf16, 14 ms, and 28 GB in all, 0.56 s. A switch comes during the last backward pass before it, from the last
block to the first, and a step of 41 frames at 512 px spends 1.5 s there: what remains open is the last block's 14 ms.
Streaming all blocks is 2 × 28 GB a step, 1.1 s beside 2.0-2.9 s of arithmetic; in float8 0.6 s, in 4 bits 0.3 s.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial

import torch
from torch import Tensor, nn

from wannb.job.cost.streaming import RING, streamed
from wannb.wan.streaming.copies import Copies, copies_for
from wannb.wan.streaming.packed import Packed, frozen
from wannb.wan.streaming.passage import Passage, Visited
from wannb.wan.streaming.slots import Slot, Slots


class Residency:
    """Where the frozen weights of some models are. share: of each model's blocks that streams, which come anew
    for every pass; one_at_a_time: whether the models take each other's place on the device."""

    def __init__(self, device: torch.device, share: float, one_at_a_time: bool, copies: Copies | None = None):
        self._device, self._share, self._one_at_a_time = device, share, one_at_a_time
        self._copies = copies or copies_for(device)
        self._slots = Slots(self._copies)
        self._around, self._ring = Slot(device), [Slot(device) for _ in range(RING)]
        self._own: list[Slot] = []  # of the blocks that do not stream
        self._passages: dict[int, Passage] = {}
        self._then: Passage | None = None
        self._backwards, self._returning = 0, False

    @property
    def size(self) -> int:
        """Bytes on the device that models take in turns."""
        return self._slots.size

    def settle(self, model: nn.Module, blocks: nn.ModuleList) -> None:
        """Take in a frozen model from main memory with all of its `blocks`; from now on it runs on the device."""
        inside = {id(one) for block in blocks for one in frozen(block)}
        around = [one for one in frozen(model) if id(one) not in inside]
        streams = {place: number for number, place in enumerate(streamed(len(blocks), self._share))}
        self._own += [Slot(self._device) for _ in range(len(blocks) - len(self._own))]
        packs = []
        for place, block in enumerate(blocks):
            slot = self._ring[streams[place] % RING] if place in streams else self._own_slot(place)
            packs.append(self._settled(frozen(block), slot))
        passage = Passage(self._settled(around, self._around if self._one_at_a_time else None), packs)
        self._passages[id(model)] = passage
        blocks.__class__, blocks.passage, blocks.tell = Visited, passage, self._forward
        model.residency = self
        model.register_forward_pre_hook(partial(self._enter, passage))
        model.register_forward_hook(partial(_leave, passage), always_call=True)

    def dismiss(self, model: nn.Module) -> None:
        """Forget a model, which runs no more."""
        for pack in self._passages.pop(id(model)).packs:
            self._slots.take_back(pack)

    def expect(self, model: nn.Module, backwards: int) -> None:
        """After so many more backward passes it is `model`'s turn; foreseen wrongly it costs time alone."""
        self._then, self._backwards = self._passages[id(model)], backwards

    def vacate(self) -> None:
        """Give back the device's memory that models take each other's place in, until one of them runs."""
        self._slots.vacate()

    def before_backward(self, model: nn.Module) -> Callable[[int], None]:
        """What is to be told of each block of `model` when its backward pass comes next on the device."""
        return partial(self._backward, self._passages[id(model)])

    def _backward(self, passage: Passage, place: int) -> None:
        if not self._returning:
            self._returning, self._backwards = True, self._backwards - 1
        then = self._then if self._then is not None and self._backwards <= 0 else passage
        self._slots.arrive(passage.blocks[place], [*passage.back_from(place - 1), *_whole(then)])

    @contextmanager
    def writing(self, tensor: Tensor) -> Iterator[Tensor]:
        """Lend the numbers of a frozen `tensor` to be changed in place, wherever they lie."""
        for passage in self._passages.values():
            for pack in passage.packs:
                master = pack.master(tensor)
                if master is not None:
                    yield master
                    self._slots.changed(pack)
                    return
        yield tensor.data

    def _own_slot(self, place: int) -> Slot | None:
        return self._own[place] if self._one_at_a_time else None

    def _settled(self, tensors: Iterable[Tensor], slot: Slot | None) -> Packed | None:
        """Pack `tensors` for `slot`, or bring them to the device for good where there is none."""
        if slot is None:
            for one in tensors:
                one.data = one.data.to(self._device)
            return None
        pack = Packed(tensors, self._copies.host)
        self._slots.give(pack, slot)
        return pack

    def _enter(self, passage: Passage, *_: object) -> None:
        passage.inside, self._returning = True, False
        self._slots.arrive(passage.around, self._ahead(passage, 0))

    def _forward(self, passage: Passage, place: int) -> None:
        """A forward pass through block `place` comes next on the device."""
        self._returning = False
        self._slots.arrive(passage.blocks[place], self._ahead(passage, place + 1))

    def _ahead(self, passage: Passage, place: int) -> list[Packed]:
        """What a forward pass that has block `place` before it uses from there on, and what comes after it."""
        back = passage.back_from(len(passage.blocks) - 1) if torch.is_grad_enabled() else []
        return [*passage.forward_from(place), *back, *_whole(passage)]


def visited(blocks: nn.ModuleList) -> Iterator[nn.Module]:
    """The blocks in their order, each with its weights on the device until the next one is asked for."""
    return blocks.visits() if isinstance(blocks, Visited) else iter(blocks)


@contextmanager
def writing(model: nn.Module, tensor: Tensor) -> Iterator[Tensor]:
    """Lend the numbers of a frozen `tensor` of `model` to be changed in place, wherever they lie."""
    residency = getattr(model, "residency", None)
    if residency is None:
        yield tensor.data
        return
    with residency.writing(tensor) as numbers:
        yield numbers


def before_backward(model: nn.Module) -> list[Callable[[int], None]]:
    """What is to be told of each block of `model` when its backward pass comes next; none where no weights move."""
    residency = getattr(model, "residency", None)
    return [] if residency is None else [residency.before_backward(model)]


def _leave(passage: Passage, *_: object) -> None:
    passage.inside = False


def _whole(passage: Passage) -> list[Packed]:
    around = [] if passage.around is None else [passage.around]
    return [*around, *passage.forward_from(0)]
