"""How large a Wan 2.2 model is, by arithmetic on its configuration."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from wannb.job import linears

PATCH = 4
"""Latents of one token, 1 × 2 × 2."""
LATENT_CHANNELS = 16
IN_CHANNELS = {"t2v": 16, "i2v": 36}


@dataclass(frozen=True)
class ModelShape:
    """The sizes of a model whose two experts are alike; the defaults are Wan 2.2 14B's (formats.md 1.1).

    text_parameters: of the UMT5 encoder, `text_embeddings` of them outside its `text_layers` blocks; vae_width: the
    VAE's narrowest level (`base_dim`).
    """

    in_channels: int
    layers: int = 40
    dim: int = 5120
    ffn: int = 13824
    text_dim: int = 4096
    freq_dim: int = 256
    text_parameters: int = 5_680_910_336
    text_embeddings: int = 1_050_148_864
    text_layers: int = 24
    vae_width: int = 96

    @classmethod
    def of_14b(cls, task: str) -> Self:
        """Wan 2.2 14B for `task` ("t2v" | "i2v")."""
        return cls(in_channels=IN_CHANNELS[task])

    @classmethod
    def of_configs(cls, expert: Mapping[str, Any], text: Mapping[str, Any], vae: Mapping[str, Any]) -> Self:
        """From the `config.json` of a transformer, the text encoder and the VAE; KeyError where a number is missing."""
        return cls(
            in_channels=expert["in_channels"],
            layers=expert["num_layers"],
            dim=expert["num_attention_heads"] * expert["attention_head_dim"],
            ffn=expert["ffn_dim"],
            text_dim=expert["text_dim"],
            freq_dim=expert["freq_dim"],
            text_parameters=text_parameters(text),
            text_embeddings=text["vocab_size"] * text["d_model"],
            text_layers=text["num_layers"],
            vae_width=vae["base_dim"],
        )

    def for_task(self, task: str) -> Self:
        """The same experts for the other task, which takes other input channels."""
        return replace(self, in_channels=IN_CHANNELS[task])

    @property
    def block_linears(self) -> int:
        """Weights of a block's ten linears, without biases."""
        return sum(rows * columns for rows, columns in self._sizes())

    @property
    def block(self) -> int:
        """Parameters of one block: linears with biases, four RMS norms, the affine norm, the modulation."""
        return self.block_linears + sum(out for _, out in self._sizes()) + 4 * self.dim + 2 * self.dim + 6 * self.dim

    @property
    def parameters(self) -> int:
        """Parameters of one expert."""
        d = self.dim
        patches = self.in_channels * PATCH * d + d
        time = self.freq_dim * d + d + d * d + d + 6 * (d * d + d)
        text = self.text_dim * d + d + d * d + d
        head = d * LATENT_CHANNELS * PATCH + LATENT_CHANNELS * PATCH + 2 * d
        return self.layers * self.block + patches + time + text + head

    @property
    def kept_in_fp32(self) -> int:
        """Parameters that diffusers keeps in fp32: time embedder, affine norms, modulations (formats.md 1.2)."""
        d = self.dim
        return self.freq_dim * d + d + d * d + d + self.layers * (2 * d + 6 * d) + 2 * d

    def _sizes(self) -> list[tuple[int, int]]:
        return [linears.size(linear, self.dim, self.ffn) for linear in linears.ORIGINAL]


def text_parameters(config: Mapping[str, Any]) -> int:
    """Parameters of the UMT5 encoder that `config` describes."""
    d, inner = config["d_model"], config["num_heads"] * config["d_kv"]
    biases = config["relative_attention_num_buckets"] * config["num_heads"]
    layer = 4 * d * inner + 3 * d * config["d_ff"] + 2 * d + biases
    return config["vocab_size"] * d + config["num_layers"] * layer + d


def tokens(frames: int, width: int, height: int) -> int:
    """Tokens of a clip of `frames` (4n+1) frames of `width` × `height` pixels (multiples of 16)."""
    return ((frames - 1) // 4 + 1) * (width // 16) * (height // 16)
