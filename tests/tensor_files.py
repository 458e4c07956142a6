"""safetensors files of any size that take no room: a header, and weights that are a hole in the file."""

import json
import math
import struct
from pathlib import Path

SIZES = {"F32": 4, "F16": 2, "BF16": 2, "F8_E4M3": 1, "U8": 1, "I8": 1}
LINEARS = [f"{attention}.{one}" for attention in ("self_attn", "cross_attn") for one in "qkvo"]


def write(path: Path, entries: dict[str, tuple[str, tuple[int, ...]]], mark: bytes = b"", **metadata: str) -> Path:
    """`entries`: name -> (dtype, shape). `mark` is written where the first tensor lies; all else is zero."""
    header, at = {"__metadata__": metadata} if metadata else {}, 0
    for name, (dtype, shape) in entries.items():
        end = at + SIZES[dtype] * math.prod(shape)
        header[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [at, end]}
        at = end
    data = json.dumps(header).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(data)) + data + mark)
        file.truncate(8 + len(data) + at)
    return path


def expert(channels: int = 16, width: int = 5120, ffn: int = 13824, layers: int = 40, dtype: str = "F16", text=4096):
    """The entries of an expert under Wan's names, by the table of formats.md 2.1; the first is small."""
    d = width
    found = {"head.modulation": (1, 2, d), "patch_embedding.bias": (d,)}
    found |= {"patch_embedding.weight": (d, channels, 1, 2, 2)}
    outside = {
        "text_embedding.0": (d, text), "text_embedding.2": (d, d), "time_embedding.0": (d, 256),
        "time_embedding.2": (d, d), "time_projection.1": (6 * d, d), "head.head": (64, d),
    }  # fmt: skip
    for name, shape in outside.items():
        found |= {f"{name}.weight": shape, f"{name}.bias": shape[:1]}
    for block in range(layers):
        at = f"blocks.{block}"
        found |= {f"{at}.modulation": (1, 6, d), f"{at}.norm3.weight": (d,), f"{at}.norm3.bias": (d,)}
        found |= {f"{at}.ffn.0.weight": (ffn, d), f"{at}.ffn.0.bias": (ffn,), f"{at}.ffn.2.weight": (d, ffn)}
        found |= {f"{at}.ffn.2.bias": (d,)}
        for linear in LINEARS:
            found |= {f"{at}.{linear}.weight": (d, d), f"{at}.{linear}.bias": (d,)}
        for attention in ("self_attn", "cross_attn"):
            found |= {f"{at}.{attention}.norm_{one}.weight": (d,) for one in "qk"}
    return {name: (dtype, shape) for name, shape in found.items()}


def vae(z: int = 16):
    """Of Wan's VAE what tells it: its ends, and one residual block on each level."""
    found = {"encoder.conv1.weight": (96, 3, 3, 3, 3), "conv2.weight": (z, z, 1, 1, 1)}
    for place, width in ((0, 96), (3, 192), (6, 384), (9, 384)):
        found |= {f"encoder.downsamples.{place + i}.residual.6.weight": (width, width, 3, 3, 3) for i in (0, 1)}
    return {name: ("BF16", shape) for name, shape in found.items()}


def text(vocabulary: int = 256_384, width: int = 4096, biases: int = 2, dtype: str = "F16", words: bool = True):
    """Of a T5 of two blocks what tells it; `biases`: how many of them have a relative bias (UMT5: each)."""
    found = {"shared.weight": (dtype, (vocabulary, width))}
    for block in range(2):
        at = f"encoder.block.{block}.layer"
        found |= {f"{at}.0.SelfAttention.q.weight": (dtype, (width, width))}
        found |= {f"{at}.1.DenseReluDense.wi_0.weight": (dtype, (10240, width))}
        if block < biases:
            found |= {f"{at}.0.SelfAttention.relative_attention_bias.weight": (dtype, (32, 64))}
    return found | ({"spiece_model": ("U8", (16,))} if words else {})


def diffusers(folder: Path, high: int | None = 36, low: int | None = 36, **more) -> Path:
    """A model folder in diffusers' layout; None leaves an expert out, `more` stands in the experts' config.json."""
    parts = {"vae": {"z_dim": 16, "base_dim": 96}, "text_encoder": {"d_model": 4096}}
    for part, channels in (("transformer", high), ("transformer_2", low)):
        if channels is not None:
            parts[part] = {"in_channels": channels, "text_dim": 4096, **more}
    for part, config in parts.items():
        write(folder / part / "model.safetensors", {"a": ("F32", (8,))}, mark=part[-1:].encode())
        (folder / part / "config.json").write_text(json.dumps(config))
    for name in ("model_index.json", "tokenizer/tokenizer_config.json", "scheduler/scheduler_config.json"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("{}")
    return folder
