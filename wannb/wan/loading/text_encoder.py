"""The text encoder in fewer bits, block by block: no copy of it in full precision is ever on the device."""

import torch
from transformers import UMT5Config, UMT5EncoderModel

from wannb.wan.loading import random_model, random_weights
from wannb.wan.quantized.quantizing import Scheme, quantize_block


def settle(encoder: UMT5EncoderModel, device: str | torch.device, scheme: Scheme | None) -> UMT5EncoderModel:
    """Bring `encoder` to `device`, frozen, the linears of its blocks held as `scheme` says; what is not a linear (the
    table of words, norms, positions) stays as it is."""
    for block in encoder.encoder.block if scheme else ():
        quantize_block(block.to(device), scheme)
    return encoder.requires_grad_(False).eval().to(device)


def made_up(dtype: torch.dtype, device: str | torch.device, scheme: Scheme | None) -> UMT5EncoderModel:
    """UMT5-XXL's encoder of random weights, as `settle` leaves a loaded one."""
    encoder = blank(dtype)
    for part in (encoder.shared, encoder.encoder.final_layer_norm):
        random_weights.fill(part, device)
    encoder.encoder.embed_tokens = encoder.shared
    for block in encoder.encoder.block:
        random_weights.fill(block, device)
        if scheme:
            quantize_block(block, scheme)
    return settle(encoder, device, None)


def blank(dtype: torch.dtype) -> UMT5EncoderModel:
    """The same without memory, on the meta device."""
    with torch.device("meta"):
        return UMT5EncoderModel(UMT5Config(**random_model.TEXT)).to(dtype)
