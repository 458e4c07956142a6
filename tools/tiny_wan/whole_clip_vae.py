"""One causal pass of AutoencoderKLWan over a whole clip, equal to its chunked one and several times faster to train.

diffusers feeds the VAE one frame, then four at a time, and carries a cache between. Without the cache its resampling
skips time altogether; here those two layers do over the whole clip what the cache makes them do chunk by chunk.
"""

import types

import torch
from diffusers import AutoencoderKLWan
from diffusers.models.autoencoders.autoencoder_kl_wan import WanResample

Tensor = torch.Tensor


def _resample(self: WanResample, x: Tensor, feat_cache=None, feat_idx=None) -> Tensor:
    """x: [B, C, F, H, W]. The first frame is left alone in time, as in the first chunk."""
    if self.mode == "upsample3d" and x.shape[2] > 1:
        later = self.time_conv(x[:, :, 1:])
        batch, channels, frames, height, width = later.shape
        later = later.reshape(batch, 2, channels // 2, frames, height, width).transpose(2, 3).transpose(1, 2)
        later = later.reshape(batch, frames * 2, channels // 2, height, width).transpose(1, 2)
        x = torch.cat([x[:, :, :1], later], 2)
    batch, _, frames, _, _ = x.shape
    x = self.resample(x.transpose(1, 2).flatten(0, 1))
    x = x.unflatten(0, (batch, frames)).transpose(1, 2)
    if self.mode == "downsample3d" and frames > 1:
        x = torch.cat([x[:, :, :1], self.time_conv(x)], 2)
    return x


def whole_clip(vae: AutoencoderKLWan) -> AutoencoderKLWan:
    """Let `encode_whole` and `decode_whole` work on `vae`; its own encode and decode are then out of use."""
    for module in vae.modules():
        if isinstance(module, WanResample):
            module.forward = types.MethodType(_resample, module)
    return vae


def encode_whole(vae: AutoencoderKLWan, video: Tensor) -> tuple[Tensor, Tensor]:
    """video [B, 3, F, H, W] in -1..1 -> mean and log variance, each [B, 16, f, H/8, W/8]."""
    return vae.quant_conv(vae.encoder(video)).chunk(2, dim=1)


def decode_whole(vae: AutoencoderKLWan, latents: Tensor) -> Tensor:
    """latents [B, 16, f, h, w] (not normalised) -> video [B, 3, F, H, W], not clamped."""
    return vae.decoder(vae.post_quant_conv(latents))
