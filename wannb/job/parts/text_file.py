"""UMT5's encoder as a single file, as ComfyUI has it: what it is, by its header alone."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wannb.job.parts.expert_file import quantized
from wannb.job.parts.misfit import Misfit
from wannb.job.parts.tensor_file import TensorFile
from wannb.words import say

TAKE = say("Take umt5_xxl_fp16.safetensors, or the text encoder of a folder in diffusers' layout.")
WORDS = "spiece_model"
"""The tokenizer inside the file, as ComfyUI keeps it."""
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


@dataclass(frozen=True)
class TextFile:
    """`config`: what `UMT5Config` takes; `keys`: transformers' name → the tensor's name in the file."""

    file: TensorFile
    config: dict[str, Any]
    keys: dict[str, str]

    @property
    def has_words(self) -> bool:
        """Whether the tokenizer is in the file."""
        return WORDS in self.file.tensors

    @classmethod
    def read(cls, path: Path) -> "TextFile":
        """Read the header; raises Misfit where it is no unquantized UMT5 encoder."""
        file = TensorFile.read(path)
        keys = {_transformers_name(name): name for name in file.tensors if name not in BESIDE}
        bias = "encoder.block.{}.layer.0.SelfAttention.relative_attention_bias.weight"
        if bias.format(0) not in keys or "shared.weight" not in keys:
            raise _no_umt5(path, say("no UMT5 text encoder"))
        layers = 1 + max(int(found[1]) for name in keys if (found := re.match(r"encoder\.block\.(\d+)\.", name)))
        if bias.format(layers - 1) not in keys:  # T5 has it in the first block alone
            raise _no_umt5(path, say("a T5 of another model, not UMT5"))
        if quantized(file, keys):
            message = say("{path} holds its weights in 8 bits or fewer, and training takes them whole.", path=path)
            raise Misfit("wrong-checkpoint", message, TAKE)
        try:
            return cls(file, _config({name: file.tensors[key].shape for name, key in keys.items()}, layers), keys)
        except (KeyError, ValueError, IndexError, ZeroDivisionError) as error:
            raise _no_umt5(path, say("no UMT5 text encoder")) from error


def _transformers_name(name: str) -> str:
    block = re.fullmatch(r"blocks\.(\d+)\.(.+)\.weight", name)
    if block and block[2] in NATIVE_BLOCK:
        return f"encoder.block.{block[1]}.{NATIVE_BLOCK[block[2]]}.weight"
    return NATIVE.get(name, name)


def _config(shapes: dict[str, tuple[int, ...]], layers: int) -> dict[str, Any]:
    first = "encoder.block.0.layer"
    buckets, heads = shapes[f"{first}.0.SelfAttention.relative_attention_bias.weight"]
    vocabulary, width = shapes["shared.weight"]
    return {
        "vocab_size": vocabulary, "d_model": width, "d_kv": shapes[f"{first}.0.SelfAttention.q.weight"][0] // heads,
        "d_ff": shapes[f"{first}.1.DenseReluDense.wi_0.weight"][0], "num_layers": layers, "num_heads": heads,
        "relative_attention_num_buckets": buckets, "feed_forward_proj": "gated-gelu",
    }  # fmt: skip


def _no_umt5(path: Path, what: str) -> Misfit:
    return Misfit("wrong-checkpoint", say("{name} is {another}.", name=path, another=what), TAKE)
