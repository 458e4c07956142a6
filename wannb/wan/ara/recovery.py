"""Accuracy recovery adapters (ARA): a frozen low-rank part beside each 4-bit linear that gives back what 4 bits lost.

One safetensors file for both experts, a pair of thin matrices for each linear: keys as AI Toolkit writes a LoRA of two,
`diffusion_model.transformer_1.blocks.0.self_attn.q.lora_A.weight` (high noise) and `transformer_2` (low), scale 1.
"""

from collections.abc import Mapping
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import Tensor, nn

from wannb.files import replacing
from wannb.job.linears import ORIGINAL, STAGE, size
from wannb.job.qtypes import RECOVERY_RANK
from wannb.refusal import Refusal
from wannb.wan.adapters import layer_names, lora_file, lora_spellings
from wannb.wan.adapters.lora_spellings import Pair
from wannb.wan.loading.weights import ModelFacts
from wannb.wan.quantized.frozen_linear import FrozenLinear

HUB_PARTS = 3


class RecoveredLinear(FrozenLinear):
    """A quantized linear with the adapter's factors beside it. down: [rank, in]; up: [out, rank], both frozen."""

    def __init__(self, linear: FrozenLinear, pair: Pair, dtype: torch.dtype):
        factors = {"down": pair.down.to(linear.qweight.device, dtype), "up": pair.up.to(linear.qweight.device, dtype)}
        super().__init__(linear.out_features, linear.in_features, None, factors)
        self.linear = linear

    @property
    def qweight(self) -> Tensor:
        return self.linear.qweight

    def forward(self, x: Tensor) -> Tensor:
        """x: [..., in] -> [..., out] in the precision of x."""
        return self.linear(x) + F.linear(F.linear(x, self.down.to(x.dtype)), self.up.to(x.dtype))

    def dequantized(self) -> Tensor:
        return self.linear.dequantized() + self.up @ self.down


def fetch(name: str) -> Path:
    """The file that `name` is: a path, or `user/repository/file` on the hub, fetched into the hub's own cache. Raises
    Refusal where it is not to be had."""
    path = Path(name).expanduser()
    if path.is_file():
        return path
    repository, file = "/".join(name.split("/")[: HUB_PARTS - 1]), "/".join(name.split("/")[HUB_PARTS - 1 :])
    if not file or name.startswith((".", "/", "~")):
        raise Refusal(
            f"The accuracy recovery adapter {name} is no file here: give its path, or user/repository/file on the hub."
        )
    from huggingface_hub import hf_hub_download

    try:
        return Path(hf_hub_download(repository, file))
    except Exception as error:  # the hub's client raises a dozen kinds; each means "not to be had"
        raise Refusal(
            f"The accuracy recovery adapter {file} of {repository} cannot be fetched from the hub "
            f"({type(error).__name__}): check its name and the network, or give the path of a file."
        ) from error


def read(path: Path, expert: str, facts: ModelFacts) -> dict[str, Pair]:
    """The pairs for `expert` ("high" | "low") by layer, in diffusers' words; raises Refusal for a file that does not
    belong to a model of these `facts`.

    A kind of linear that the file has in no block is not meant to be in 4 bits; what it has outside the blocks, where
    nothing is quantized here, is left out.
    """
    tensors, _ = lora_file.tensors_and_header(path)
    if not all(any(f"{stage}." in key for key in tensors) for stage in STAGE.values()):
        raise Refusal(
            f"{path} holds no pairs for both experts (transformer_1 and transformer_2), so it is no accuracy recovery "
            "adapter of Wan 2.2 14B: choose one that was made for this model."
        )
    pairs, _ = lora_spellings.read(path, expert)
    wanted = shapes(facts)
    strange = next((layer for layer in pairs if layer not in wanted), None)
    lacking = [layer for layer in wanted if layer not in pairs and _kind(layer) in map(_kind, pairs)]
    if strange or lacking or not pairs:
        what = f"has {strange}" if strange else f"lacks {lacking[0] if lacking else 'every linear of a block'}"
        raise Refusal(
            f"{path} {what} for the {expert}-noise expert, so it belongs to another model or is damaged: choose the "
            "adapter that was made for this model."
        )
    for layer, pair in pairs.items():
        found = len(pair.up), pair.down.shape[1]
        if found != wanted[layer]:
            raise Refusal(
                f"{path} is for another model: {layer} of the {expert}-noise expert is {list(wanted[layer])} and the "
                f"adapter's pair there is for {list(found)}; choose the adapter that was made for this model."
            )
    return pairs


def write(
    path: str | Path, pairs: Mapping[str, Mapping[str, Pair]], dtype: torch.dtype, header: dict[str, str]
) -> None:
    """Write both experts' pairs ("high" | "low" -> layer -> pair) as one file that `read` and AI Toolkit take; the file
    appears whole."""
    tensors = {}
    for expert, layers in pairs.items():
        for layer, pair in layers.items():
            place = f"{lora_file.PREFIX}{STAGE[expert]}.{layer_names.to_original(layer)}"
            for name, tensor in (("lora_A", pair.down), ("lora_B", pair.up)):
                tensors[f"{place}.{name}.weight"] = tensor.detach().to("cpu", dtype).contiguous().clone()
    with replacing(path) as temporary:
        save_file(dict(sorted(tensors.items())), temporary, metadata={"format": "pt", **header})


def made_up(facts: ModelFacts) -> dict[str, Pair]:
    """Pairs of the right shapes that add nothing, for an adapter that is only weighed, neither fetched nor read."""
    return {
        layer: Pair(torch.zeros(RECOVERY_RANK, columns), torch.zeros(rows, RECOVERY_RANK))
        for layer, (rows, columns) in shapes(facts).items()
    }


def shapes(facts: ModelFacts) -> dict[str, tuple[int, int]]:
    """(out, in) of every linear of the blocks, by its name in diffusers' words."""
    dim = facts.heads * facts.head_dim
    return {
        f"blocks.{block}.{linear}": tuple(reversed(size(linear, dim, facts.ffn_dim)))
        for block in range(facts.layers)
        for linear in ORIGINAL
    }


def unrecovered(pairs: Mapping[str, Pair]) -> tuple[str, ...]:
    """The kinds of linear that an adapter has no pair for: they stay as they are."""
    return tuple(linear for linear in ORIGINAL if pairs and linear not in set(map(_kind, pairs)))


def attach(model: nn.Module, pairs: Mapping[str, Pair]) -> None:
    """Put each pair, in the expert's precision, beside its linear of the expert `model`, where that is quantized."""
    for layer, pair in pairs.items():
        linear = model.get_submodule(layer)
        if isinstance(linear, FrozenLinear):
            parent, _, last = layer.rpartition(".")
            setattr(
                model.get_submodule(parent), last, RecoveredLinear(linear, pair, model.patch_embedding.weight.dtype)
            )


def _kind(layer: str) -> str:
    return layer_names.LAYER.fullmatch(layer)[2]
