"""Places on a device that several packs of weights take in turns, filled ahead of their use.

Each pack has one slot, always the same: views and graphs that were made of its tensors in a forward pass find them
again in the backward pass. Of those who share a slot, the one that is used next is fetched as soon as the one that is
in use is done with.
"""

from collections.abc import Iterable

import torch
from torch import Tensor

from wannb.wan.streaming.copies import Copies
from wannb.wan.streaming.packed import Packed


class Slot:
    """Memory on a device for one pack at a time. holds: the pack that was copied into it last; ready: the mark behind
    that copy."""

    def __init__(self, device: torch.device):
        self.storage = torch.empty(0, dtype=torch.uint8, device=device).untyped_storage()
        self.holds: Packed | None = None
        self.ready = None
        self._size = 0

    @property
    def size(self) -> int:
        """Bytes that it takes when it is there."""
        return self._size

    def widen(self, size: int) -> None:
        """Have room for packs of `size` bytes; what it held is lost where it grows."""
        if size > self._size:
            self._size, self.holds = size, None
            self.storage.resize_(size)

    def bytes(self, count: int) -> Tensor:
        """Its first `count` bytes: uint8 [count], for writing: writes through it are no change that autograd counts."""
        if self.storage.nbytes() < self._size:
            self.storage.resize_(self._size)
        return torch.empty(0, dtype=torch.uint8, device=self.storage.device).set_(self.storage, 0, (count,), (1,))

    def vacate(self) -> None:
        """Give the memory back until something is copied into it again; tensors that lie there stay bound to it."""
        self.holds = None
        self.storage.resize_(0)


class Slots:
    """Fills slots. A pack's user calls `arrive` before each work with it, in the device's order of work."""

    def __init__(self, copies: Copies):
        self._copies = copies
        self._slot_of: dict[Packed, Slot] = {}
        self._slots: set[Slot] = set()

    def give(self, pack: Packed, slot: Slot) -> None:
        """Let `pack` lie in `slot` whenever it is used."""
        slot.widen(pack.size)
        pack.bind(slot.storage)
        self._slot_of[pack] = slot
        self._slots = set(self._slot_of.values())

    def take_back(self, pack: Packed) -> None:
        """Forget `pack`, which is used no more."""
        slot = self._slot_of.pop(pack)
        if slot.holds is pack:
            slot.holds = None
        self._slots = set(self._slot_of.values())

    def changed(self, pack: Packed) -> None:
        """The master of `pack` was written to: a copy on the device is stale."""
        slot = self._slot_of[pack]
        if slot.holds is pack:
            slot.holds = None

    @property
    def size(self) -> int:
        """Bytes of all slots together."""
        return sum(slot.size for slot in self._slots)

    def arrive(self, pack: Packed | None, upcoming: Iterable[Packed]) -> None:
        """All work that is launched from here on, until the next `arrive`, uses `pack` and no other that shares a slot,
        but for those that stand first of their slot among `upcoming`: what is used next, in this order.

        A pack that is not there is fetched, and the device's work waits for it. Then every other slot is given to the
        first of `upcoming` that lies in it.
        """
        slot = self._slot_of[pack] if pack is not None else None
        if slot is not None:
            if slot.holds is not pack:
                self._fetch(pack, slot, self._copies.now())
            self._copies.wait(slot.ready)
        self._prefetch(slot, upcoming)

    def vacate(self) -> None:
        """Give the memory of all slots back until they are used again."""
        for slot in self._slots:
            self._copies.wait(slot.ready)
            slot.vacate()

    def _prefetch(self, in_use: Slot | None, upcoming: Iterable[Packed]) -> None:
        claimed, mark = {in_use} - {None}, None
        for pack in upcoming:
            slot = self._slot_of[pack]
            if slot in claimed:
                continue
            claimed.add(slot)
            if slot.holds is not pack:
                mark = mark or self._copies.now()  # behind all work with whatever the slot holds
                self._fetch(pack, slot, mark)
            if len(claimed) == len(self._slots):
                return

    def _fetch(self, pack: Packed, slot: Slot, after: object) -> None:
        slot.holds = None  # were the copy to fail halfway, nobody takes it for whole
        slot.ready = self._copies.to_device(slot.bytes(pack.size), pack.host, after)
        slot.holds = pack
