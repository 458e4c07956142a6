"""Train the tiny Wan's VAE on the wide world: `torchrun --nproc-per-node 4 train_vae.py OUT --seconds 300`.

Windows of 33 and 49 frames on purpose: trained on 17 alone it drifts in colour from the eighteenth frame on.
Saves `OUT/` as a diffusers AutoencoderKLWan folder (float32) with latents_mean and latents_std measured on data.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import several_gpus
import torch
import torch.nn.functional as F
from diffusers import AutoencoderKLWan
from muon import Muon, split
from render import render
from sets import base_scene, wide_scene
from whole_clip_vae import decode_whole, encode_whole, whole_clip

Tensor = torch.Tensor


def pool(count: int, device: str, seed: int, make=wide_scene) -> Tensor:
    """uint8 [count, FRAMES, SIDE, SIDE, 3] on `device`, with hard and soft edges."""
    rng = np.random.default_rng(seed)
    parts = []
    for start in range(0, count, 128):
        scenes = [make(rng) for _ in range(min(128, count - start))]
        parts.append(render(scenes, device, softness=float(rng.uniform(0.3, 1.4))))
    return torch.cat(parts)


def batch(clips: Tensor, size: int, frames: int, rng: np.random.Generator) -> Tensor:
    """Random clips as [size, 3, frames, H, W] in -1..1, mirrored, turned and with channels exchanged at random.

    More frames than a clip has are had by playing on backwards.
    """
    rows = torch.from_numpy(rng.integers(0, len(clips), size)).to(clips.device)
    video = clips[rows].permute(0, 4, 1, 2, 3)
    if rng.random() < 0.5:
        video = video.flip(2)
    video = torch.cat([video, video.flip(2)[:, :, 1:]], 2)[:, :, :frames]
    if rng.random() < 0.5:
        video = video.flip(4)
    if rng.random() < 0.5:
        video = video.transpose(3, 4)
    if rng.random() < 0.15:
        video = video[:, torch.from_numpy(rng.permutation(3)).to(video.device)]
    return video.float() / 127.5 - 1


def objects(video: Tensor) -> Tensor:
    """1 where a pixel or a neighbour differs from the ground (the picture's left edge), else 0: [B, 1, F, H, W]."""
    differs = ((video - video[..., :1]).abs().amax(1, keepdim=True) > 0.08).float()
    return F.max_pool3d(differs, (1, 5, 5), 1, (0, 2, 2))


def reconstruction(out: Tensor, video: Tensor, emphasis: float) -> Tensor:
    """Absolute and squared error and the error of spatial gradients; objects, a tenth of the picture, count more."""
    d, weight = out - video, 1 + emphasis * objects(video)
    edges = (weight[..., 1:, :] * d.diff(dim=3).abs()).mean() + (weight[..., 1:] * d.diff(dim=4).abs()).mean()
    return (weight * d.abs()).mean() + 4 * (weight * d.square()).mean() + 0.5 * edges


def kl(mean: Tensor, logvar: Tensor) -> Tensor:
    return 0.5 * (mean.square() + logvar.exp() - 1 - logvar).mean()


def initialise(vae: AutoencoderKLWan) -> None:
    """Variance-preserving weights and zero biases: torch's default sits on the mean colour for long."""
    for module in vae.modules():
        if isinstance(module, (torch.nn.Conv3d, torch.nn.Conv2d)):
            torch.nn.init.xavier_normal_(module.weight)
            torch.nn.init.zeros_(module.bias)


def psnr(vae: AutoencoderKLWan, clips: Tensor) -> tuple[float, float]:
    """The round trip's peak signal-to-noise ratio in dB over all pixels and over objects (whole clips, mode)."""
    whole, object_only = [], []
    with torch.no_grad():
        for part in clips.split(16):
            video = part.permute(0, 4, 1, 2, 3).float() / 127.5 - 1
            error = (decode_whole(vae, encode_whole(vae, video)[0]).clamp(-1, 1) - video).square()
            mask = objects(video)
            whole.append(error.mean())
            object_only.append((error * mask).sum() / (3 * mask.sum()))
    return tuple(float(10 * torch.log10(4 / torch.stack(v).mean())) for v in (whole, object_only))


def losses(vae: AutoencoderKLWan, video: Tensor, emphasis: float, kl_weight: float = 1e-4) -> tuple[Tensor, Tensor]:
    """Loss and its reconstruction part; latents carry noise of at least 0.08, so that decoding forgives."""
    with torch.autocast(video.device.type, dtype=torch.bfloat16):
        mean, logvar = encode_whole(vae, video)
        logvar = logvar.float().clamp(-20, 10)
        latents = mean.float() + (0.5 * logvar).exp().clamp(min=0.08) * torch.randn_like(logvar)
        out = decode_whole(vae, latents).float()
    recon = reconstruction(out, video, emphasis)
    return recon + kl_weight * kl(mean.float(), logvar), recon.detach()


def train(vae: AutoencoderKLWan, args: argparse.Namespace, rank: int, world: int) -> AutoencoderKLWan:
    clips, held = pool(args.pool, "cuda", 10 + rank), pool(64, "cuda", 2, base_scene)
    rng = np.random.default_rng(100 + rank)
    matrices, rest = split(vae)
    optimizers = [
        (Muon(matrices, args.lr), args.lr),
        (torch.optim.AdamW(rest, lr=args.lr, weight_decay=1e-4, betas=(0.9, 0.98), fused=True), args.lr),
    ]
    average = torch.optim.swa_utils.AveragedModel(vae, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.998))
    parameters = [p for p in vae.parameters() if p.requires_grad]
    start, shown, step, done = time.time(), 0.0, 0, 0.0
    while done < 1:
        frames = 49 if step % 4 == 3 else 33
        loss, recon = losses(vae, batch(clips, args.batch, frames, rng), args.emphasis)
        vae.zero_grad(set_to_none=False)
        loss.backward()
        several_gpus.average_gradients(parameters, world)
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        for optimizer, peak in optimizers:
            cosine = 0.5 * (1 + np.cos(np.pi * min(done, 1)))
            optimizer.param_groups[0]["lr"] = peak * min(1, (step + 1) / 100) * (cosine * 0.98 + 0.02)
            optimizer.step()
        average.update_parameters(vae)
        step += 1
        if step % 10 == 0:
            done = several_gpus.agree((time.time() - start) / args.seconds, world)
        if rank == 0 and time.time() - shown > 20:
            shown = time.time()
            print(f"{step} {shown - start:.0f}s recon {recon.item():.4f} psnr {psnr(average.module, held)}", flush=True)
    print(f"end: {step} steps, psnr {psnr(average.module, held)}, wide {psnr(average.module, clips[:64])}", flush=True)
    return average.module


def measure(vae: AutoencoderKLWan, clips: Tensor) -> tuple[list[float], list[float]]:
    """Mean and standard deviation of each latent channel over `clips`."""
    with torch.no_grad():
        mean = torch.cat([encode_whole(vae, c.permute(0, 4, 1, 2, 3).float() / 127.5 - 1)[0] for c in clips.split(16)])
    flat = mean.transpose(0, 1).flatten(1)
    return flat.mean(1).tolist(), flat.std(1).tolist()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--batch", type=int, default=6, help="clips a GPU a step")
    parser.add_argument("--lr", type=float, default=2e-3)
    parser.add_argument("--pool", type=int, default=8192, help="clips rendered for each GPU")
    parser.add_argument("--base", type=int, default=24)
    parser.add_argument("--mult", type=int, nargs=4, default=[1, 2, 3, 3])
    parser.add_argument("--emphasis", type=float, default=6.0)
    parser.add_argument("--start", type=Path, help="a VAE folder to go on from")
    args = parser.parse_args()
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = torch.backends.cudnn.benchmark = True
    rank, world = several_gpus.start()
    torch.manual_seed(0)
    if args.start:
        vae = AutoencoderKLWan.from_pretrained(args.start)
    else:
        vae = AutoencoderKLWan(base_dim=args.base, dim_mult=args.mult, num_res_blocks=1, z_dim=16)
        initialise(vae)
    torch.manual_seed(1 + rank)
    vae = train(whole_clip(vae.cuda()), args, rank, world)
    if rank == 0:
        mean, std = measure(vae, pool(512, "cuda", 4, base_scene))
        vae.register_to_config(latents_mean=mean, latents_std=std)
        vae.save_pretrained(args.out)


if __name__ == "__main__":
    main()
