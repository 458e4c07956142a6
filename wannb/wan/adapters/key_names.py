"""Every weight of an expert in both vocabularies: diffusers' and the original's (formats.md 2.1)."""

import re

from wannb.wan.adapters import layer_names

OUTSIDE = {
    "condition_embedder.text_embedder.linear_1": "text_embedding.0",
    "condition_embedder.text_embedder.linear_2": "text_embedding.2",
    "condition_embedder.time_embedder.linear_1": "time_embedding.0",
    "condition_embedder.time_embedder.linear_2": "time_embedding.2",
    "condition_embedder.time_proj": "time_projection.1",
    "proj_out": "head.head",
    "patch_embedding": "patch_embedding",
    "scale_shift_table": "head.modulation",
}
INSIDE = {  # of a block; norm2, the one with weights, is the original's norm3
    **layer_names.ORIGINAL,
    "attn1.norm_q": "self_attn.norm_q",
    "attn1.norm_k": "self_attn.norm_k",
    "attn2.norm_q": "cross_attn.norm_q",
    "attn2.norm_k": "cross_attn.norm_k",
    "norm2": "norm3",
    "scale_shift_table": "modulation",
}
BACK_OUTSIDE = {original: name for name, original in OUTSIDE.items()}
BACK_INSIDE = {original: name for name, original in INSIDE.items()}


def original_key(key: str) -> str:
    """`blocks.0.attn1.to_q.weight` -> `blocks.0.self_attn.q.weight`; raises KeyError for a key of no expert."""
    if key.endswith("scale_shift_table"):
        return _renamed(key, INSIDE, OUTSIDE)
    module, _, end = key.rpartition(".")
    return f"{_renamed(module, INSIDE, OUTSIDE)}.{end}"


def diffusers_key(key: str) -> str:
    """`blocks.0.self_attn.q.weight` -> `blocks.0.attn1.to_q.weight`; raises KeyError for a key of no expert."""
    if key.endswith("modulation"):
        return _renamed(key, BACK_INSIDE, BACK_OUTSIDE)
    module, _, end = key.rpartition(".")
    return f"{_renamed(module, BACK_INSIDE, BACK_OUTSIDE)}.{end}"


def diffusers_module(module: str) -> str:
    """`blocks.0.norm3` -> `blocks.0.norm2`, `head.head` -> `proj_out`; raises KeyError for no module of an expert."""
    return _renamed(module, BACK_INSIDE, BACK_OUTSIDE)


def _renamed(module: str, inside: dict[str, str], outside: dict[str, str]) -> str:
    block = re.fullmatch(r"(blocks\.\d+)\.(.+)", module)
    return f"{block[1]}.{inside[block[2]]}" if block else outside[module]
