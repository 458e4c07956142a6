"""The tiny Wan is trained by shortcuts that equal what diffusers does when it samples."""

import copy

import pytest
import torch
from diffusers import WanTransformer3DModel
from text import TOKENS
from train_experts import FewPads
from whole_clip_vae import decode_whole, encode_whole, whole_clip

from tests import tiny_pipeline


@pytest.fixture
def vae():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        return tiny_pipeline.vae()


@pytest.mark.parametrize("frames", [1, 5, 13])
def test_one_pass_over_a_clip_is_the_chunked_vae(vae, frames):
    video = torch.rand(2, 3, frames, 32, 48, generator=torch.Generator().manual_seed(2)) * 2 - 1
    whole = whole_clip(copy.deepcopy(vae))
    with torch.no_grad():
        expected = vae.encode(video).latent_dist
        mean, logvar = encode_whole(whole, video)
        assert mean.shape[2] == (frames - 1) // 4 + 1
        assert torch.allclose(mean, expected.mean, atol=1e-5) and torch.allclose(logvar, expected.logvar, atol=1e-5)
        back = decode_whole(whole, mean)
        assert torch.allclose(back.clamp(-1, 1), vae.decode(expected.mean).sample, atol=1e-5)


@pytest.mark.parametrize("total", [512, 40])
def test_few_counted_pads_are_as_many_pads(total):
    torch.manual_seed(3)
    expert = tiny_pipeline.transformer("i2v")
    counted: WanTransformer3DModel = copy.deepcopy(expert)
    pads = FewPads(3, "cpu", torch.float32)
    for block in counted.blocks:
        block.attn2.set_processor(pads)
    real = torch.tensor([1, 7, TOKENS - 1])
    few = torch.randn(3, TOKENS, 32) * (torch.arange(TOKENS) < real[:, None])[..., None]
    many = torch.cat([few, torch.zeros(3, total - TOKENS, 32)], 1)
    noisy, timesteps = torch.randn(3, 36, 2, 4, 4), torch.tensor([900.0, 500.0, 20.0])
    pads.count(real.float(), torch.full((3,), float(total)))
    with torch.no_grad():
        expected = expert(noisy, timesteps, many, return_dict=False)[0]
        assert torch.allclose(counted(noisy, timesteps, few, return_dict=False)[0], expected, atol=1e-5)
        pads.count(real.float(), torch.full((3,), float(TOKENS)))
        assert not torch.allclose(counted(noisy, timesteps, few, return_dict=False)[0], expected, atol=1e-5)
