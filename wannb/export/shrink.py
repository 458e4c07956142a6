"""A LoRA of smaller rank: the best approximation of each layer's change, and what that costs."""

import math
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from wannb.export.pair import job_of, pair
from wannb.refusal import Refusal
from wannb.wan.adapters import lora_file
from wannb.wan.adapters.adapter import Adapter
from wannb.wan.adapters.low_rank import Singular, singular, squared_distance

A, B = ".lora_A.weight", ".lora_B.weight"


@dataclass(frozen=True)
class Layer:
    """One layer's change: `values` its singular values, descending; `rank` how many were kept of `before`; `error` the
    share of ‖dW‖ that was lost, rounding to the file's precision included; `norm` ‖dW‖ as it was."""

    name: str
    values: tuple[float, ...]
    before: int
    rank: int
    norm: float
    error: float


@dataclass(frozen=True)
class ShrunkFile:
    """One file made smaller. Sizes in bytes; `error`: ‖dW - dW'‖ / ‖dW‖ over all layers together."""

    source: Path
    target: Path
    bytes_before: int
    bytes_after: int
    layers: tuple[Layer, ...]

    @property
    def error(self) -> float:
        total = math.sqrt(sum(one.norm**2 for one in self.layers))
        return math.sqrt(sum((one.error * one.norm) ** 2 for one in self.layers)) / total if total else 0.0

    @property
    def worst(self) -> Layer:
        return max(self.layers, key=lambda one: one.error)

    def to_dict(self) -> dict[str, Any]:
        ranks = [one.rank for one in self.layers]
        return {
            "source": str(self.source),
            "file": str(self.target),
            "bytes_before": self.bytes_before,
            "bytes_after": self.bytes_after,
            "rank_before": max(one.before for one in self.layers),
            "ranks": [min(ranks), max(ranks)],
            "error": self.error,
            "layers": {one.name: {"rank": one.rank, "error": one.error} for one in self.layers},
        }

    def __str__(self) -> str:
        ranks = sorted({one.rank for one in self.layers})
        rank = f"{ranks[0]}" if len(ranks) == 1 else f"{ranks[0]}-{ranks[-1]}"
        before, worst = max(one.before for one in self.layers), self.worst
        return (
            f"{self.target}: rank {before} to {rank}, {_mb(self.bytes_before)} to {_mb(self.bytes_after)} MB; of the "
            f"LoRA's change {self.error:.1%} is lost, at worst {worst.error:.1%} ({worst.name})."
        )


def shrink(
    source: str | PathLike[str],
    rank: int | None = None,
    keep: float | None = None,
    out: str | Path | None = None,
    high: int | None = None,
    low: int | None = None,
) -> list[ShrunkFile]:
    """Write `source`, a LoRA file or both files of a run (after the steps `high` and `low`, else the last), with a
    smaller rank into the folder `out` (beside the file; `<run>/export/shrunk`).

    rank: of every layer that has more. keep: instead, each layer's smallest rank that keeps this share of its squared
    norm ‖dW‖². Same format, precision and facts, the rank in them new. Raises Refusal for a LoKr, for no or both of
    rank and keep, and where nothing would get smaller.
    """
    if (rank is None) == (keep is None):
        raise Refusal("Say either a rank or a share to keep: --rank 8 or --keep 0.98.")
    if rank is not None and rank < 1 or keep is not None and not 0 < keep <= 1:
        raise Refusal("A rank is at least 1, and a share to keep above 0 and at most 1.")
    source = Path(source)
    files, folder = _sources(source, high, low)
    read = {file: _read(file) for file in files}
    mark = f"r{rank}" if rank is not None else f"keep{keep * 100:g}"
    done = [_shrunk(state, dtype, rank, keep) for state, _, dtype in read.values()]
    if all(layer.rank == layer.before for layers, _ in done for layer in layers):
        most = max(layer.before for layers, _ in done for layer in layers)
        raise Refusal(f"{source} has rank {most} already, nothing would get smaller: give a smaller one.")
    folder = Path(out) if out is not None else folder
    targets = [folder / _named(file.name, mark) for file in files]
    return [_write(file, target, read[file][1], *one) for file, target, one in zip(files, targets, done, strict=True)]


def _sources(source: Path, high: int | None, low: int | None) -> tuple[list[Path], Path]:
    """The files to shrink and where the new ones go without another word."""
    if source.suffix == ".safetensors":
        if high is not None or low is not None:
            raise Refusal(f"{source} is one file: steps are chosen of a run.")
        return [source], source.parent
    return [*pair(source, job_of(source), high, low).values()], source / "export" / "shrunk"


def _read(path: Path) -> tuple[dict[str, Tensor], dict[str, str], torch.dtype]:
    """State, header and precision of a LoRA file; raises Refusal for a LoKr."""
    state, header = lora_file.read(path)
    if any(".lokr_" in name for name in state):
        raise Refusal(f"{path} is a LoKr, whose change is no product of two thin matrices: only a LoRA can be shrunk.")
    return state, header, next(iter(lora_file.tensors_and_header(path)[0].values())).dtype


def _shrunk(
    state: dict[str, Tensor], dtype: torch.dtype, rank: int | None, keep: float | None
) -> tuple[list[Layer], dict[str, Tensor]]:
    layers, smaller = [], {}
    for name in [key.removesuffix(A) for key in state if key.endswith(A)]:
        down, up = state[name + A], state[name + B]
        found = singular(down, up)
        wanted = min(len(down), rank if rank is not None else found.rank_for(keep))
        new = (down, up) if wanted == len(down) else found.cut(wanted)
        new = tuple(one.to(dtype) for one in new)
        smaller |= {name + A: new[0], name + B: new[1]}
        layers.append(_layer(name, (down, up), found, new))
    return layers, smaller


def _layer(name: str, old: tuple[Tensor, Tensor], found: Singular, new: tuple[Tensor, Tensor]) -> Layer:
    norm = found.values.double().square().sum().sqrt().item()
    error = math.sqrt(squared_distance(old, new)) / norm if norm else 0.0
    return Layer(name, tuple(found.values.tolist()), len(old[0]), len(new[0]), norm, error)


def _write(
    source: Path, target: Path, header: dict[str, str], layers: list[Layer], state: dict[str, Tensor]
) -> ShrunkFile:
    rank = max(one.rank for one in layers)
    before = max(one.before for one in layers)
    dtype = next(iter(state.values())).dtype
    lora_file.write(target, state, Adapter("lora", rank, rank), dtype, header | {"wannb.shrunk_from_rank": str(before)})
    return ShrunkFile(source, target, source.stat().st_size, target.stat().st_size, tuple(layers))


def _named(name: str, mark: str) -> str:
    """`orbit_high_noise.safetensors` -> `orbit_r8_high_noise.safetensors`: the expert stays last (formats.md 2.4)."""
    stem = name.removesuffix(".safetensors")
    for expert in ("_high_noise", "_low_noise"):
        if stem.endswith(expert):
            return f"{stem.removesuffix(expert)}_{mark}{expert}.safetensors"
    return f"{stem}_{mark}.safetensors"


def _mb(size: int) -> str:
    return f"{size / 1e6:.3g}"
