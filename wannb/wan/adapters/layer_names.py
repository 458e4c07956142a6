"""The linears of a Wan block in both vocabularies: diffusers' and the original's (formats.md 2.1)."""

import re

from wannb.job.linears import ORIGINAL
from wannb.refusal import Refusal

DIFFUSERS = {original: name for name, original in ORIGINAL.items()}
LAYER = re.compile(r"blocks\.(\d+)\.(.+)")


def is_linear(name: str) -> bool:
    """Whether `name` is, in diffusers' words, one of the ten linears of a block: no embedder, no head."""
    match = LAYER.fullmatch(name)
    return bool(match) and match[2] in ORIGINAL


def to_original(layer: str) -> str:
    """`blocks.0.attn1.to_q` -> `blocks.0.self_attn.q`."""
    return _renamed(layer, ORIGINAL)


def to_diffusers(layer: str) -> str:
    """`blocks.0.self_attn.q` -> `blocks.0.attn1.to_q`."""
    return _renamed(layer, DIFFUSERS)


def _renamed(layer: str, table: dict[str, str]) -> str:
    match = LAYER.fullmatch(layer)
    if not match or match[2] not in table:
        raise Refusal(f"{layer} is no linear layer of a Wan block.")
    return f"blocks.{match[1]}.{table[match[2]]}"
