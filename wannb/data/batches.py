"""Which items an expert sees when: pure functions of seed, expert and number."""

import hashlib
from collections.abc import Sequence
from functools import lru_cache

from wannb.data.items import Item


class Schedule:
    """Micro-batches of item indices. Every batch has one (F, W, H); every epoch of an expert has every item.

    The order comes from hashes, so it is the same under every version of Python, numpy and torch.
    """

    def __init__(self, items: Sequence[Item], batch_size: int, seed: int) -> None:
        if not items or batch_size < 1:
            raise ValueError(f"{len(items)} items in batches of {batch_size}")
        self.batch_size = batch_size
        self.seed = seed
        self.groups: dict[tuple[int, int, int], list[int]] = {}
        for index, item in enumerate(items):
            self.groups.setdefault(item.shape, []).append(index)
        self.epoch_length = sum(-(-len(group) // batch_size) for group in self.groups.values())
        self._epoch = lru_cache(maxsize=4)(self._shuffled)

    def batch(self, expert: str, k: int) -> list[int]:
        """Item indices of the k-th micro-batch (from 0) that `expert` sees."""
        epoch, place = divmod(k, self.epoch_length)
        return list(self._epoch(expert, epoch)[place])

    def epoch(self, expert: str, k: int) -> int:
        """How many times `expert` has been through all items before its k-th micro-batch."""
        return k // self.epoch_length

    def _shuffled(self, expert: str, epoch: int) -> list[tuple[int, ...]]:
        batches = []
        for group in self.groups.values():
            order = sorted(group, key=lambda index: _draw(self.seed, expert, epoch, "item", index))
            for at in range(0, len(order), self.batch_size):
                batches.append(tuple(order[(at + i) % len(order)] for i in range(self.batch_size)))
        places = sorted(range(len(batches)), key=lambda place: _draw(self.seed, expert, epoch, "batch", place))
        return [batches[place] for place in places]


def dropped(seed: int, expert: str, k: int, i: int, rate: float) -> bool:
    """Whether the i-th item of the expert's k-th micro-batch is trained with the empty caption."""
    return _draw(seed, expert, k, "dropout", i) < rate


def _draw(*parts: object) -> float:
    """A number of [0, 1), uniform over different `parts`."""
    number = hashlib.blake2b("|".join(map(str, parts)).encode(), digest_size=8).digest()
    return int.from_bytes(number, "big") / 2**64
