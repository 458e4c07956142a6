"""Epochs of one pool of items: who is in each, and in which batches. Pure functions of seed, expert and number.

Every order comes from hashes, so it is the same under every version of Python, numpy and torch.
"""

import hashlib
from bisect import bisect_right
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache

from wannb.data.items import Item

_ONE = 2**64


class Epochs:
    """`indices` of `items`, drawn by their weights w, in batches of one shape and batch size.

    In epoch e an item appears ⌊w (e+1) + φ⌋ - ⌊w e + φ⌋ times, φ in [0, 1) from a hash: whole weights exactly, others
    exactly in the long run. Where all weights are below 1 they are scaled up until the largest is 1.
    """

    def __init__(self, items: Sequence[Item], indices: Sequence[int], batch_size: int, seed: int) -> None:
        self.seed = seed
        most = max(1 if items[index].weight >= 1 else Fraction(items[index].weight) for index in indices)
        self._weights = {index: int(Fraction(items[index].weight) / most * _ONE) for index in indices}
        self._steady = all(weight % _ONE == 0 for weight in self._weights.values())
        self._groups: dict[tuple, list[int]] = {}
        for index in indices:
            size = items[index].batch_size or batch_size
            self._groups.setdefault((*items[index].shape, size), []).append(index)
        self._ends: dict[str, list[int]] = {}
        self._batches = lru_cache(maxsize=4)(self._shuffled)
        self._phase = lru_cache(maxsize=None)(self._hashed_phase)

    def batch(self, expert: str, k: int) -> list[int]:
        """Item indices of the expert's k-th batch (from 0)."""
        epoch, place = self._place(expert, k)
        return list(self._batches(expert, epoch)[place])

    def epoch(self, expert: str, k: int) -> int:
        """Which epoch (from 0) the expert's k-th batch is of."""
        return self._place(expert, k)[0]

    def length(self, expert: str, epoch: int) -> int:
        """Batches in an epoch; a short last one of a group counts, filled up from its start."""
        counts = (
            (key[-1], sum(self._count(expert, index, epoch) for index in group)) for key, group in self._groups.items()
        )
        return sum(-(-count // size) for size, count in counts)

    def _place(self, expert: str, k: int) -> tuple[int, int]:
        if self._steady:
            return divmod(k, self.length(expert, 0))
        ends = self._ends.setdefault(expert, [])
        while not ends or ends[-1] <= k:
            ends.append((ends[-1] if ends else 0) + self.length(expert, len(ends)))
        epoch = bisect_right(ends, k)
        return epoch, k - (ends[epoch - 1] if epoch else 0)

    def _count(self, expert: str, index: int, epoch: int) -> int:
        weight, phase = self._weights[index], self._phase(expert, index)
        return (weight * (epoch + 1) + phase) // _ONE - (weight * epoch + phase) // _ONE

    def _hashed_phase(self, expert: str, index: int) -> int:
        return _hashed(self.seed, expert, "phase", index)

    def _shuffled(self, expert: str, epoch: int) -> list[tuple[int, ...]]:
        batches = []
        for key, group in self._groups.items():
            order, size = self._order(expert, epoch, group), key[-1]
            for at in range(0, len(order), size):
                batches.append(tuple(order[(at + i) % len(order)] for i in range(size)))
        places = sorted(range(len(batches)), key=lambda place: draw(self.seed, expert, epoch, "batch", place))
        return [batches[place] for place in places]

    def _order(self, expert: str, epoch: int, group: list[int]) -> list[int]:
        """The group's items, as often as the epoch has them, shuffled; an item's first copy has its place of old."""
        drawn = [
            (index, *([copy] if copy else [])) for index in group for copy in range(self._count(expert, index, epoch))
        ]
        drawn.sort(key=lambda copy: draw(self.seed, expert, epoch, "item", *copy))
        return [copy[0] for copy in drawn]


def draw(*parts: object) -> float:
    """A number of [0, 1), uniform over different `parts`."""
    return _hashed(*parts) / _ONE


def _hashed(*parts: object) -> int:
    number = hashlib.blake2b("|".join(map(str, parts)).encode(), digest_size=8).digest()
    return int.from_bytes(number, "big")
