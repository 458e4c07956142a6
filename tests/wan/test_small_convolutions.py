"""A VAE whose convolutions oneDNN does makes the same as one whose convolutions torch does."""

import torch
from diffusers import AutoencoderKLWan
from torch import nn

from wannb.wan.loading import weights
from wannb.wan.small_convolutions import by_onednn


def test_the_vae_makes_what_diffusers_own_makes(folders):
    ours = weights.load_vae(folders["i2v"], "cpu")
    theirs = AutoencoderKLWan.from_pretrained(folders["i2v"], subfolder="vae")
    generator = torch.Generator().manual_seed(0)
    video = torch.rand(1, 3, 9, 32, 48, generator=generator) * 2 - 1
    with torch.no_grad():
        latents = theirs.encode(video).latent_dist.mode()
        assert torch.allclose(ours.encode(video).latent_dist.mode(), latents, atol=1e-5)
        assert torch.allclose(ours.decode(latents).sample, theirs.decode(latents).sample, atol=1e-5)


def test_gradients_and_other_types_take_torchs_way():
    plain, x = nn.Conv3d(2, 3, 3, padding=1), torch.rand(1, 2, 4, 5, 6)
    other = by_onednn(nn.Conv3d(2, 3, 3, padding=1))
    other.load_state_dict(plain.state_dict())
    weight = other.weight
    other(x).sum().backward()
    plain(x).sum().backward()
    assert torch.equal(weight.grad, plain.weight.grad)
    with torch.no_grad():
        assert torch.equal(other.double()(x.double()), plain.double()(x.double()))


def test_values_stay_as_onednn_takes_them_from_one_convolution_to_the_next():
    """Where they do not, each is turned to blocks of 16 channels and back: half as long again for the tiny Wan."""
    model = by_onednn(nn.Sequential(nn.Conv3d(3, 24, 3, padding=1), nn.SiLU(), nn.Conv3d(24, 8, 3)))
    with torch.no_grad():
        made = model(torch.rand(2, 3, 5, 6, 7))
    assert made.is_contiguous(memory_format=torch.channels_last_3d) and not made.is_contiguous()
