"""UMT5's encoder as a single file, as ComfyUI has it: what it is, by its header alone."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from wannb.job.parts import part_file
from wannb.job.parts.misfit import another
from wannb.job.parts.part_file import PartFile, Shapes
from wannb.job.parts.tensor_file import TensorFile
from wannb.words import say

TAKE = say("Take umt5_xxl_fp16.safetensors, or the text encoder of a folder in diffusers' layout.")
WORDS = "spiece_model"
"""The tokenizer inside the file, as ComfyUI keeps it."""
BIAS = "encoder.block.{}.layer.0.SelfAttention.relative_attention_bias.weight"
BESIDE = {WORDS, "encoder.embed_tokens.weight"}  # the second is `shared.weight` once more
NATIVE = {  # Wan's own code → transformers
    "token_embedding.weight": "shared.weight",
    "norm.weight": "encoder.final_layer_norm.weight",
}
NATIVE_BLOCK = {
    "norm1": "layer.0.layer_norm",
    "norm2": "layer.1.layer_norm",
    "pos_embedding.embedding": "layer.0.SelfAttention.relative_attention_bias",
    "ffn.gate.0": "layer.1.DenseReluDense.wi_0",
    "ffn.fc1": "layer.1.DenseReluDense.wi_1",
    "ffn.fc2": "layer.1.DenseReluDense.wo",
    **{f"attn.{one}": f"layer.0.SelfAttention.{one}" for one in "qkvo"},
}


def read(path: Path) -> PartFile:
    """Read the header; `config` is what `UMT5Config` takes. Raises Misfit where it is no unquantized UMT5 encoder."""
    return part_file.read(path, _keys, _config, say("no UMT5 text encoder"), TAKE)


def has_words(path: Path) -> bool:
    """Whether the tokenizer is in the file."""
    return WORDS in read(path).file.tensors


def _keys(file: TensorFile) -> dict[str, str]:
    keys = {_transformers_name(name): name for name in file.tensors if name not in BESIDE}
    blocks = _blocks(keys)
    if not {"shared.weight", BIAS.format(0)} <= keys.keys():
        raise KeyError(BIAS)
    if BIAS.format(blocks - 1) not in keys:  # T5 has it in the first block alone
        raise another(file.path, say("a T5 of another model, not UMT5"), TAKE)
    return keys


def _blocks(names: Iterable[str]) -> int:
    return 1 + max(int(found[1]) for name in names if (found := re.match(r"encoder\.block\.(\d+)\.", name)))


def _transformers_name(name: str) -> str:
    block = re.fullmatch(r"blocks\.(\d+)\.(.+)\.weight", name)
    if block and block[2] in NATIVE_BLOCK:
        return f"encoder.block.{block[1]}.{NATIVE_BLOCK[block[2]]}.weight"
    return NATIVE.get(name, name)


def _config(_: TensorFile, shapes: Shapes) -> dict[str, Any]:
    first = "encoder.block.0.layer"
    buckets, heads = shapes[BIAS.format(0)]
    vocabulary, width = shapes["shared.weight"]
    return {
        "vocab_size": vocabulary, "d_model": width, "d_kv": shapes[f"{first}.0.SelfAttention.q.weight"][0] // heads,
        "d_ff": shapes[f"{first}.1.DenseReluDense.wi_0.weight"][0], "num_layers": _blocks(shapes), "num_heads": heads,
        "relative_attention_num_buckets": buckets, "feed_forward_proj": "gated-gelu",
    }  # fmt: skip
