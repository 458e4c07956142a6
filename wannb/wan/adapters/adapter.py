"""What is attached to one expert: the kind of adapter, its size, the layers that get one."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

from diffusers import WanTransformer3DModel
from torch import nn

from wannb.job import Job, linears
from wannb.refusal import Refusal
from wannb.wan.adapters import layer_names


@dataclass(frozen=True)
class Layers:
    """The block linears that a job's patterns leave, of an expert.

    A pattern is a plain substring of a layer's name, as AI Toolkit spells it (`transformer_1.blocks.0.attn1.to_q` in
    the high-noise expert, `transformer_2.…` in the low) or as Wan does (`blocks.0.self_attn.q`). `fewest`: layers with
    fewer parameters are left out.
    """

    expert: str | None = None
    only: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    fewest: int = 0

    def __call__(self, transformer: WanTransformer3DModel) -> list[str]:
        """Their names in `transformer`, diffusers' words, in its order; raises Refusal where none is left."""
        chosen = [
            name
            for name, module in transformer.named_modules()
            if layer_names.is_linear(name) and self._wanted(name) and _size(module) >= self.fewest
        ]
        if not chosen:
            raise Refusal(
                f"network.network_kwargs leaves no layer of the {self.expert}-noise expert to train (only_if_contains "
                f"{list(self.only)}, ignore_if_contains {list(self.ignore)}, parameter_threshold {self.fewest}): "
                f"loosen them; names look like {' or '.join(self._spellings('blocks.0.attn1.to_q'))}."
            )
        return chosen

    def _wanted(self, name: str) -> bool:
        return linears.wanted(self._spellings(name), self.only, self.ignore)

    def _spellings(self, name: str) -> tuple[str, str]:
        _, block, linear = name.split(".", 2)
        return linears.spellings(block, linear, self.expert)


@dataclass(frozen=True)
class Adapter:
    """A LoRA (dW = alpha / rank * B A) or a LoKr (dW = W1 ⊗ W2).

    layers: transformer -> the names of the layers that get one. dropout: share of a layer's inputs dropped in training.
    LoKr: `factor` is the size of W1 where it divides a layer's, -1 the nearest to a square root; with `full_rank` W2 is
    whole and rank and alpha mean nothing, without it W2 = alpha / rank * A B where the rank is small enough to save.
    """

    kind: str
    rank: int
    alpha: float
    dropout: float = 0.0
    layers: Callable[[WanTransformer3DModel], list[str]] = field(default_factory=Layers)
    factor: int = -1
    full_rank: bool = True

    @classmethod
    def of(cls, job: Job, expert: str) -> Self:
        """What `job` wants on `expert` ("high" | "low")."""
        network, patterns = job.network, job.network.network_kwargs
        only, ignore = tuple(patterns.only_if_contains), tuple(patterns.ignore_if_contains)
        return cls(
            kind=network.type,
            rank=job.rank(expert),
            alpha=job.alpha(expert),
            dropout=network.dropout or 0.0,
            layers=Layers(expert, only, ignore, patterns.parameter_threshold),
            factor=network.lokr_factor,
            full_rank=network.lokr_full_rank,
        )

    @property
    def scale(self) -> float:
        return self.alpha / self.rank


def _size(linear: nn.Linear) -> int:
    """How many numbers it has, in however few bits."""
    return linear.out_features * (linear.in_features + (linear.bias is not None))
