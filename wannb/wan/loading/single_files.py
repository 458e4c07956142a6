"""The VAE, the text encoder and the tokenizer out of single files, as ComfyUI has them."""

from pathlib import Path

import torch
from diffusers import AutoencoderKLWan
from transformers import PreTrainedTokenizerBase, UMT5Config, UMT5EncoderModel

from wannb.job.parts import text_file, vae_file
from wannb.wan.loading import pieces
from wannb.wan.loading.stored import Stored

KEPT_IN_FP32 = ".wo."  # by transformers where the rest is in FP16


def vae(path: Path) -> AutoencoderKLWan:
    """Wan's VAE in fp32."""
    file = vae_file.read(path)
    with torch.device("meta"):
        model = AutoencoderKLWan(**file.config)
    _filled(model, path, file.keys)
    return model


def text_encoder(path: Path, dtype: torch.dtype) -> UMT5EncoderModel:
    """UMT5's encoder in `dtype`."""
    file = text_file.read(path)
    with torch.device("meta"):
        model = UMT5EncoderModel(UMT5Config(**file.config)).to(dtype)
    if dtype == torch.float16:
        for name, parameter in model.named_parameters():
            if KEPT_IN_FP32 in name:
                parameter.data = parameter.data.float()
    model.encoder.embed_tokens = model.shared
    _filled(model, path, file.keys)
    return model


def tokenizer(path: Path) -> PreTrainedTokenizerBase:
    """The tokenizer that ComfyUI keeps inside the text encoder's file."""
    return pieces.tokenizer(text_file.read(path).file.bytes_of(text_file.WORDS))


def _filled(model: torch.nn.Module, path: Path, keys: dict[str, str]) -> None:
    stored = Stored(str(path), {name: (path, key) for name, key in keys.items()})
    stored.fill(model, [name for name, _ in model.named_parameters()], "cpu")
