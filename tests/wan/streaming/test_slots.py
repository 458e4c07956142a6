"""A slot is never read before its copy is done and never written while it is in use, whatever the two streams' pace."""

import random

import pytest
import torch

from wannb.wan.streaming.packed import ALIGNMENT, Packed
from wannb.wan.streaming.slots import Slot, Slots


class Clash(Exception):
    """What a race would do."""


class Queued:
    """Copies that only write down what a card would be told: two queues of orders, to be carried out at any pace."""

    def __init__(self, waits=True):
        self.compute, self.copying, self.waits, self.count = [], [], waits, 0

    def host(self, size):
        return torch.empty(size, dtype=torch.uint8)

    def now(self):
        return self._mark(self.compute)

    def to_device(self, there, here, after):
        place = there.untyped_storage()._cdata
        self.copying += [("wait", after), ("begin", place), ("write", place, here.data_ptr())]
        return self._mark(self.copying)

    def wait(self, mark):
        self.compute.append(("wait", mark))

    def use(self, pack, slot):
        place = slot.storage._cdata
        self.compute += [("read", place, pack.host.data_ptr()), ("done", place, pack.host.data_ptr())]

    def _mark(self, queue):
        self.count += 1
        queue.append(("mark", self.count))
        return self.count

    def run(self, numbers):
        """Carry both queues out, one order at a time from either."""
        queues, past, held, writing, reading = [self.compute[:], self.copying[:]], set(), {}, set(), set()
        while any(queues):
            ready = [q for q in queues if q and not (self.waits and q[0][0] == "wait" and q[0][1] not in past)]
            order, *rest = numbers.choice(ready).pop(0)
            place = rest[0]
            if order == "mark":
                past.add(place)
            elif order == "begin":
                writing.add(place)
                if place in reading:
                    raise Clash("written while in use")
            elif order == "write":
                writing.discard(place)
                held[place] = rest[1]
            elif order in ("read", "done"):
                if place in writing or held.get(place) != rest[1]:
                    raise Clash("read before it is there")
                (reading.add if order == "read" else reading.discard)(place)


def journey(copies, numbers):
    """Packs in few slots and one that stands beside all of them, visited in an order foreseen rightly or wrongly."""
    slots, count, places = Slots(copies), numbers.randint(1, 7), numbers.randint(1, 3)
    made = [Slot(torch.device("cpu")) for _ in range(places + 1)]
    packs = [Packed([torch.tensor([float(number)])], copies.host) for number in range(count)]
    beside = Packed([torch.tensor([-1.0])], copies.host)
    slot_of = {pack: made[number % places] for number, pack in enumerate(packs)} | {beside: made[-1]}
    for pack, slot in slot_of.items():
        slots.give(pack, slot)
    order = [numbers.choice(packs) for _ in range(15)] if numbers.random() < 0.5 else (packs + packs[::-1]) * 2
    slots.arrive(beside, order)
    copies.use(beside, slot_of[beside])
    for number, pack in enumerate(order):
        foreseen = order[number + 1 :] if numbers.random() < 0.7 else numbers.sample(packs, count)
        slots.arrive(pack, [*foreseen, beside])
        copies.use(pack, slot_of[pack])
        copies.use(beside, slot_of[beside])


def test_no_pace_of_the_streams_makes_a_race():
    for seed in range(150):
        numbers, copies = random.Random(seed), Queued()
        journey(copies, numbers)
        for _ in range(5):
            copies.run(numbers)


def test_without_waiting_it_would():
    clashes = set()
    for seed in range(30):
        numbers, copies = random.Random(seed), Queued(waits=False)
        journey(copies, numbers)
        try:
            copies.run(numbers)
        except Clash as clash:
            clashes.add(str(clash))
    assert len(clashes) == 2


def test_a_ring_fetches_the_next_while_one_is_in_use_and_nothing_twice():
    copies = Queued()
    slots, made = Slots(copies), [Slot(torch.device("cpu")) for _ in range(2)]
    packs = [Packed([torch.zeros(3)], copies.host) for _ in range(6)]
    for number, pack in enumerate(packs):
        slots.give(pack, made[number % 2])
    fetched = []
    order = packs + packs[::-1]
    for number, pack in enumerate(order):
        before = len(copies.copying)
        slots.arrive(pack, order[number + 1 :])
        fetched.append(sum(order == "write" for order, *_ in copies.copying[before:]))
    # the first two at once, then one ahead; the two that lie there when the pass turns are not fetched again
    assert fetched == [2, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 0]
    assert slots.size == 2 * ALIGNMENT


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.uint8, torch.float8_e4m3fn, torch.int32])
def test_packed_tensors_are_the_same_bits_in_the_same_layout(dtype):
    numbers = torch.Generator().manual_seed(0)
    plain = torch.randint(0, 100, (6, 4), generator=numbers, dtype=torch.uint8).to(dtype)
    given = [torch.tensor(7.0), plain.t(), torch.zeros(0), plain.clone()]
    wanted = [one.clone(memory_format=torch.preserve_format) for one in given]
    pack = Packed([*given, given[1]], lambda size: torch.empty(size, dtype=torch.uint8))
    storage = torch.UntypedStorage(pack.size)
    pack.bind(storage)
    torch.empty(0, dtype=torch.uint8).set_(storage).copy_(pack.host)
    for one, same in zip(given, wanted, strict=True):
        assert one.stride() == same.stride() and torch.equal(one.float(), same.float())
        assert one.data_ptr() % 16 == 0 or one.numel() == 0
    assert torch.equal(pack.master(given[1]).float(), wanted[1].float()) and pack.master(plain) is None
