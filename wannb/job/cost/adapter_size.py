"""How large a job's adapter on one expert is, and what an optimizer remembers of it, by arithmetic."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Self

from wannb.job import linears
from wannb.job.cost.model_shape import ModelShape
from wannb.job.job import Job

FP32 = 4
Shape = tuple[int, int]


@dataclass(frozen=True)
class AdapterSize:
    """The matrices of one expert's adapter: (shape, how many of it), each (rows, columns), fp32 while it is trained."""

    matrices: tuple[tuple[Shape, int], ...]

    @classmethod
    def of(cls, job: Job, expert: str, model: ModelShape) -> Self:
        """What `job` puts on `expert` ("high" | "low") of a model of this shape; empty where patterns leave none."""
        factors = _lokr(job, job.rank(expert)) if job.network.type == "lokr" else _lora(job.rank(expert))
        counts: Counter[Shape] = Counter()
        for linear, blocks in _layers(job, expert, model):
            for factor in factors(*linears.size(linear, model.dim, model.ffn)):
                counts[factor] += blocks
        return cls(tuple(counts.items()))

    @cached_property
    def parameters(self) -> int:
        return self._sum(lambda rows, columns: rows * columns)

    @cached_property
    def tensors(self) -> int:
        return self._sum(lambda rows, columns: 1)

    def optimizer_bytes(self, optimizer: str) -> int:
        """Bytes of what `optimizer` remembers between steps, also in a saved state."""
        return self._sum(MEMORY.get(optimizer, _adamw))

    def _sum(self, each: Callable[[int, int], int]) -> int:
        return sum(count * each(*shape) for shape, count in self.matrices)


def _adamw(rows: int, columns: int) -> int:
    """Two moments and the step's number."""
    return 2 * FP32 * rows * columns + FP32


def _adamw8bit(rows: int, columns: int) -> int:
    """bitsandbytes: two moments of a byte a number, a scale every 256 of them and two code tables of 256; matrices
    under 4096 numbers stay in fp32."""
    count = rows * columns
    return 2 * (count + FP32 * -(-count // 256) + FP32 * 256) if count >= 4096 else 2 * FP32 * count


def _adafactor(rows: int, columns: int) -> int:
    """A mean of the squares for each row and each column, and the step's number."""
    return FP32 * (rows + columns + 1)


def _prodigy(rows: int, columns: int) -> int:
    """Two moments, the first weights and the running sum that its distance is estimated from."""
    return 4 * FP32 * rows * columns


MEMORY: dict[str, Callable[[int, int], int]] = {
    "adamw": _adamw, "adamw8bit": _adamw8bit, "adafactor": _adafactor, "prodigy": _prodigy,
}  # fmt: skip


def _lora(rank: int) -> Callable[[int, int], Iterator[Shape]]:
    def factors(rows: int, out: int) -> Iterator[Shape]:
        yield rank, rows
        yield out, rank

    return factors


def _lokr(job: Job, rank: int) -> Callable[[int, int], Iterator[Shape]]:
    """PEFT's LoKr: W1 is small and whole; W2 is whole too, or two factors of `rank` where that is smaller."""
    network = job.network

    def factors(rows: int, out: int) -> Iterator[Shape]:
        rows_1, rows_2 = factored(rows, network.lokr_factor)
        out_1, out_2 = factored(out, network.lokr_factor)
        yield out_1, rows_1
        if network.lokr_full_rank or rank >= max(out_2, rows_2) / 2:
            yield out_2, rows_2
        else:
            yield out_2, rank
            yield rank, rows_2

    return factors


def factored(size: int, factor: int) -> tuple[int, int]:
    """`size` as a product of two, the smaller first: `factor` and the rest where it divides `size`, else the factors
    nearest each other of which the first is at most `factor` (-1: any).

    >>> factored(5120, -1), factored(5120, 8), factored(13824, 7)
    ((64, 80), (8, 640), (6, 2304))
    """
    if factor > 0 and size % factor == 0:
        return factor, size // factor
    most = size if factor == -1 else factor
    first = max(one for one in range(1, int(size**0.5) + 1) if size % one == 0 and one <= most)
    return first, size // first


def _layers(job: Job, expert: str, model: ModelShape) -> Iterator[tuple[str, int]]:
    """Each linear of a block with the number of blocks in which it gets an adapter."""
    patterns = job.network.network_kwargs
    only, ignore = tuple(patterns.only_if_contains), tuple(patterns.ignore_if_contains)
    for linear in linears.ORIGINAL:
        rows, out = linears.size(linear, model.dim, model.ffn)
        if rows * out + out < patterns.parameter_threshold:
            continue
        if not only and not ignore:
            yield linear, model.layers
            continue
        names = (linears.spellings(block, linear, expert) for block in range(model.layers))
        yield linear, sum(linears.wanted(one, only, ignore) for one in names)
