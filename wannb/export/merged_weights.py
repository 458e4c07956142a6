"""Whether each written weight is W + B·A within rounding where a LoRA changes it, and else the base's."""

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import safe_open
from torch import Tensor

from wannb.refusal import Refusal

Change = tuple[Tensor, Tensor]
"""(down [rank, in], up [out, rank]); their product is added."""


def farthest(base: Path, merged: Path, changes: Mapping[str, Change]) -> float:
    """Compare the shards of the folder `merged` with those of `base`, one tensor at a time; `changes` by weight name.

    Returns how far the farthest number is from W + B·A, as a share of what rounding to its precision may do. Raises
    Refusal, naming the weight, for one beyond that, one that should be the base's and is not, and one that is missing.
    """
    largest, left = 0.0, set(changes)
    for shard in sorted(base.glob("*.safetensors")):
        with safe_open(shard, "pt") as old, safe_open(merged / shard.name, "pt") as new:
            there = set(new.keys())
            for name in old.keys():
                if name not in there:
                    raise Refusal(f"{merged / shard.name} lacks {name}: do not use it.")
                before, after = old.get_tensor(name), new.get_tensor(name)
                if name in changes:
                    share = _share(before, after, changes[name])
                    largest = max(largest, share)
                    left.discard(name)
                else:
                    share = 0.0 if torch.equal(before, after) else float("inf")
                if not share <= 1.0:  # nor where it is no number
                    wanted = "the base's with the LoRA" if name in changes else "the base's"
                    where = f"{merged / shard.name} holds {name}"
                    raise Refusal(f"{where} with other numbers than {wanted}: do not use it.")
    if left:
        raise Refusal(f"{merged} lacks {min(left)}, which the LoRA changes: do not use it.")
    return largest


def _share(before: Tensor, after: Tensor, change: Change) -> float:
    """The largest |after - exact| over what the rounding of it, and of fp32 sums, may make of it."""
    down, up = (one.double() for one in change)
    added = up @ down
    exact = before.double() + added
    kind = torch.finfo(after.dtype)
    sums = (len(down) + 2) * 2.0**-24 * (before.double().abs() + up.abs() @ down.abs())
    allowed = kind.eps / 2 * exact.abs() + sums + kind.tiny * kind.eps
    return ((after.double() - exact).abs() / allowed).max().item()
