"""A LoRA file of any spelling, layer by layer: how large a change is, how many directions it takes, whom it is like.

dW = up @ down is [out, in] and never formed; all of it follows from the two thin factors.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from wannb.refusal import Refusal
from wannb.wan.adapters import lora_file, lora_spellings
from wannb.wan.adapters.adapter import Adapter
from wannb.wan.adapters.layer_names import LAYER
from wannb.wan.adapters.lora_pairs import marked
from wannb.wan.adapters.low_rank import inner, singular

PEFT_FACTS = "lora_adapter_metadata"  # with its alpha folded into `up`, a loader would apply it twice


@dataclass(frozen=True, eq=False)
class LoraLayer:
    """The change of one layer, its alpha folded in. down: fp32 [rank, in]; up: fp32 [out, rank]."""

    name: str  # in diffusers' words: `blocks.0.attn1.to_q`
    down: Tensor
    up: Tensor

    @property
    def rank(self) -> int:
        return len(self.down)

    @property
    def block(self) -> int:
        return int(LAYER.fullmatch(self.name)[1])

    @property
    def linear(self) -> str:
        """Which of a block's ten linears it is: `attn1.to_q`."""
        return LAYER.fullmatch(self.name)[2]

    @cached_property
    def values(self) -> np.ndarray:
        """The singular values of dW, descending: as many as the rank, or as the layer has inputs or outputs."""
        return singular(self.down, self.up).values.numpy()

    @property
    def norm(self) -> float:
        """‖dW‖, the Frobenius norm."""
        return math.sqrt(max(inner((self.down, self.up), (self.down, self.up)), 0.0))

    @property
    def effective_rank(self) -> float:
        """exp(H(p)) with p the values as shares of their sum: 1 where one direction does it all, the rank where all are
        alike (Roy and Vetterli, The effective rank, 2007); 0 where there is no change."""
        total = float(self.values.sum())
        if not total:
            return 0.0
        shares = self.values[self.values > 0] / total
        return float(np.exp(-(shares * np.log(shares)).sum()))


class Lora(Mapping[str, LoraLayer]):
    """The layers of one LoRA file by name. header: what the file says of itself; others: its layers that are no linears
    of a block, which are not read; dtype: what it is stored in."""

    def __init__(self, path: Path, layers: dict[str, LoraLayer], others: list[str], header: dict, dtype: torch.dtype):
        self.path, self.others, self.header, self.dtype = path, others, header, dtype
        self._layers = layers

    def __getitem__(self, name: str) -> LoraLayer:
        return self._layers[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._layers)

    def __len__(self) -> int:
        return len(self._layers)

    @property
    def norm(self) -> float:
        """‖dW‖ over all layers together."""
        return math.sqrt(sum(layer.norm**2 for layer in self.values()))

    def cosine(self, other: "Lora") -> float:
        """The cosine between the two changes, over all layers together: 1 the same direction, 0 nothing in common, as
        of two that learned apart. A layer that only one of them has counts as zero in the other; raises Refusal where
        they are of different models."""
        both = [(layer, other[name]) for name, layer in self.items() if name in other]
        for one, two in both:
            _compare(one, two)
        norms = self.norm * other.norm
        return sum(inner((a.down, a.up), (b.down, b.up)) for a, b in both) / norms if norms else 0.0

    def save(self, path: str | Path) -> None:
        """Write it in the one spelling that ComfyUI, diffusers and AI Toolkit all load, in the precision it had; raises
        Refusal where it holds layers that would be lost."""
        if self.others:
            raise Refusal(f"{self.path} holds {self.others[0]}, which is no linear of a block: it would be lost.")
        state = {}
        for name, layer in self.items():
            state |= {f"{name}.lora_A.weight": layer.down, f"{name}.lora_B.weight": layer.up}
        rank = max(layer.rank for layer in self.values())
        header = {key: value for key, value in self.header.items() if key != PEFT_FACTS}
        lora_file.write(path, state, Adapter("lora", rank, rank), self.dtype, header)

    def __repr__(self) -> str:
        ranks = sorted({layer.rank for layer in self.values()})
        rank = f"{ranks[0]}" if len(ranks) == 1 else f"{ranks[0]}-{ranks[-1]}"
        return f"Lora({self.path.name!r}, {len(self)} layers, rank {rank}, norm {self.norm:.4g})"


def read_lora(path: str | Path, expert: str | None = None) -> Lora:
    """Read a LoRA file in any spelling in use: wannb's, AI Toolkit's, musubi-tuner's, diffusion-pipe's, diffusers' and
    PEFT's.

    expert: "high" | "low", which half of a file that holds both; else what the file's name tells. Raises Refusal for
    what is no plain LoRA (LoKr, LoHa, DoRA …), has no linear of a Wan block, or holds both and no expert is told.
    """
    path = Path(path)
    told = marked(path.name)
    pairs, others = lora_spellings.read(path, expert or (told.expert if told else None))
    if not pairs:
        raise Refusal(f"{path} has no linear of a Wan block (it has {(others or ['nothing'])[0]}): is it Wan's?")
    names = sorted(pairs, key=_place)
    tensors, header = lora_file.tensors_and_header(path)
    layers = {name: LoraLayer(name, *pairs[name]) for name in names}
    return Lora(path, layers, others, header, next(iter(tensors.values())).dtype)


def _place(name: str) -> tuple[int, str]:
    match = LAYER.fullmatch(name)
    return int(match[1]), match[2]


def _compare(one: LoraLayer, other: LoraLayer) -> None:
    shapes = [(layer.up.shape[0], layer.down.shape[1]) for layer in (one, other)]
    if shapes[0] != shapes[1]:
        a, b = (f"{rows} x {columns}" for rows, columns in shapes)
        raise Refusal(f"{one.name} is {a} in one LoRA and {b} in the other: they are of different models.")
