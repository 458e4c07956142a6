"""Begin an expert's LoRA with one that exists, of any spelling and any rank."""

from dataclasses import dataclass
from pathlib import Path

import torch
from diffusers import WanTransformer3DModel
from torch import Tensor

from wannb.refusal import Refusal
from wannb.wan.adapters import lora, lora_pairs, lora_spellings
from wannb.wan.adapters.lora_spellings import Pair
from wannb.wan.adapters.low_rank import singular


@dataclass(frozen=True)
class Started:
    """What was taken over. `ranks`: those in the file; `kept`: the share of ‖dW‖² that cutting to `rank` left, at worst
    of all layers; `missing`: layers of the adapter that the file lacks, they begin at zero; `unused`: the reverse."""

    file: Path
    loaded: tuple[str, ...]
    ranks: tuple[int, ...]
    rank: int
    kept: float
    missing: tuple[str, ...]
    unused: tuple[str, ...]

    def __str__(self) -> str:
        text = f"{len(self.loaded)} layers begin as in {self.file.name}"
        if self.ranks[-1] > self.rank:
            text += f", cut from rank {self.ranks[-1]} to {self.rank} (at least {self.kept:.1%} of each change is kept)"
        elif self.ranks[0] < self.rank:
            text += f", its rank {self.ranks[0]} padded to {self.rank}"
        if self.missing:
            text += f"; {len(self.missing)} layers are not in it and begin at zero, {self.missing[0]} for one"
        if self.unused:
            text += f"; {len(self.unused)} layers of it are not trained here, {self.unused[0]} for one"
        return text + "."


@torch.no_grad()
def start(transformer: WanTransformer3DModel, path: str | Path, expert: str) -> Started:
    """Load the LoRA of `expert` that `path` names (`lora_pairs.file_for`) into the freshly attached one.

    A larger rank is cut to the best approximation of dW; a smaller one is padded with the fresh rows of A and zeros in
    B, so dW is the file's. The adapter's own scale is divided out. Raises Refusal, and changes nothing, where the file
    cannot be read as a LoRA, is of another model or has none of the layers; and for a LoKr.
    """
    if lora.kind(transformer) != "lora":
        raise Refusal("network.pretrained_lora_path needs network.type lora: a LoKr cannot begin as a LoRA; clear it.")
    file = lora_pairs.file_for(path, expert)
    pairs, others = lora_spellings.read(file, expert)
    factors, scales = lora.factors(transformer), lora.scales(transformer)
    loaded = [layer for layer in scales if layer in pairs]
    if not loaded:
        found = next(iter([*pairs, *others]), "nothing")
        raise Refusal(f"{file} has no layer that the {expert}-noise LoRA trains (it has {found}): choose another file.")
    for layer in loaded:
        _compare(layer, pairs[layer], factors, file)
    kept = 1.0
    for layer in loaded:
        down, up = factors[f"{layer}.lora_A.weight"], factors[f"{layer}.lora_B.weight"]
        pair, share = cut(Pair(*(part.to(down.device) for part in pairs[layer])), len(down))
        rank, kept = len(pair.down), min(kept, share)
        down.data[:rank] = pair.down
        up.data.zero_()
        up.data[:, :rank] = pair.up / scales[layer]
    return Started(
        file=file,
        loaded=tuple(loaded),
        ranks=tuple(sorted({len(pairs[layer].down) for layer in loaded})),
        rank=len(down),
        kept=kept,
        missing=tuple(layer for layer in scales if layer not in pairs),
        unused=(*(layer for layer in pairs if layer not in scales), *others),
    )


def cut(pair: Pair, rank: int) -> tuple[Pair, float]:
    """The best approximation of up @ down of at most `rank`, and the share of its squared norm that is kept."""
    if len(pair.down) <= rank:
        return pair, 1.0
    found = singular(*pair)
    return Pair(*found.cut(rank)), found.kept(rank)


def _compare(layer: str, pair: Pair, factors: dict[str, Tensor], file: Path) -> None:
    own = factors[f"{layer}.lora_B.weight"].shape[0], factors[f"{layer}.lora_A.weight"].shape[1]
    if (theirs := (pair.up.shape[0], pair.down.shape[1])) != own:
        raise Refusal(
            f"{file} is of another model: {layer} is {theirs[0]} x {theirs[1]} there but {own[0]} x {own[1]} here."
        )
