"""Latents and the I2V condition are what diffusers' own pipelines compute."""

import pytest
import torch
from diffusers import WanImageToVideoPipeline, WanPipeline
from PIL import Image

from wannb.refusal import Refusal
from wannb.wan import condition, latents
from wannb.wan.loading import weights


def test_encode_is_the_normalised_mode(folders, pixels):
    vae = weights.load_vae(folders["t2v"], "cpu")
    video = torch.from_numpy(pixels).permute(3, 0, 1, 2)[None].float() / 127.5 - 1
    with torch.no_grad():
        mode = vae.encode(video).latent_dist.mode()[0]
    mean, std = (torch.tensor(values).view(16, 1, 1, 1) for values in (vae.config.latents_mean, vae.config.latents_std))
    encoded = latents.encode_batch(vae, latents.to_video(pixels)[None])[0]
    assert encoded.shape == (16, 3, 4, 6) and encoded.dtype == torch.float32 and not encoded.requires_grad
    torch.testing.assert_close(encoded, (mode - mean) / std, rtol=1e-5, atol=1e-5)


def test_decode_is_the_pipelines(folders):
    pipeline = WanPipeline.from_pretrained(folders["t2v"])
    embeds = torch.zeros(1, 512, 32)
    call = {"prompt_embeds": embeds, "negative_prompt_embeds": embeds, "height": 32, "width": 48, "num_frames": 9}
    call |= {"num_inference_steps": 2}
    latent, video = (
        pipeline(**call, output_type=kind, generator=torch.Generator().manual_seed(1)).frames[0]
        for kind in ("latent", "np")
    )
    frames = latents.decode(pipeline.vae, latent)
    assert frames.shape == (9, 32, 48, 3)
    assert (frames == (video * 255).round().astype("uint8")).all()


@pytest.mark.parametrize("num_frames", [1, 9])
def test_condition_is_the_pipelines(folders, pixels, num_frames):
    pipeline = WanImageToVideoPipeline.from_pretrained(folders["i2v"])
    image = pipeline.video_processor.preprocess(Image.fromarray(pixels[0]), height=32, width=48)
    noise, reference = pipeline.prepare_latents(
        image, 1, 16, 32, 48, num_frames, torch.float32, torch.device("cpu"), torch.Generator().manual_seed(0)
    )
    video = condition.video(latents.to_video(pixels[:1]), num_frames)
    ours = condition.model_input(noise, latents.encode_batch(pipeline.vae, video[None]))
    assert torch.equal(ours, torch.cat([noise, reference], dim=1))
    assert ours.shape[1] == 36


def test_text_to_video_input_has_no_condition():
    noisy = torch.zeros(2, 16, 3, 4, 4)
    assert condition.model_input(noisy, None) is noisy


def test_frame_counts_that_would_lose_frames_are_refused(pixels):
    with pytest.raises(Refusal, match="4n"):
        latents.to_video(pixels[:8])


@pytest.mark.parametrize("together", [0, 2**30])
def test_a_batch_is_its_clips_one_by_one(folders, pixels, monkeypatch, together):
    vae, video = weights.load_vae(folders["t2v"], "cpu"), latents.to_video(pixels)
    apart = [latents.encode_batch(vae, one[None])[0] for one in (video, -video)]
    monkeypatch.setattr(latents, "TOGETHER", together)
    torch.testing.assert_close(latents.encode_batch(vae, torch.stack([video, -video])), torch.stack(apart))
