"""Train both experts of the tiny Wan, one a GPU: `torchrun --nproc-per-node 2 train_experts.py FOLDER`.

FOLDER holds vae/, text_encoder/ and tokenizer/; transformer/ (high noise) and transformer_2/ (low noise) are added.
One network of 36 input channels serves both tasks: half of each batch has its first frame as condition, half has none.
High noise is trained on timesteps [0.875, 1], low noise on [0, 0.9]: both tasks' boundaries lie inside both.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import several_gpus
import torch
import torch.distributed as dist
import torch.nn.functional as F
from captions import FILLER
from diffusers import AutoencoderKLWan, WanTransformer3DModel
from muon import Muon, split
from render import render
from sets import base_scene
from text import TOKENS, embed, ids_of
from transformers import PreTrainedTokenizerFast, UMT5EncoderModel
from whole_clip_vae import encode_whole, whole_clip

Tensor = torch.Tensor
RANGES = {"transformer": (0.875, 1.0), "transformer_2": (0.0, 0.9)}


class FewPads:
    """Cross-attention over TOKENS tokens that equals one over hundreds: a pad counts as often as it would stand there.

    The pipelines pad text with zeros to 512 tokens and mask nothing; equal keys and values may be counted by adding the
    logarithm of their number to the logit.
    """

    def __init__(self, batch: int, device: str, dtype: torch.dtype):
        self.bias = torch.zeros(batch, 1, 1, TOKENS, device=device, dtype=dtype)

    def count(self, real: Tensor, total: Tensor) -> None:
        """real, total: [B] numbers of text tokens and of all tokens."""
        pads = torch.log((total - real) / (TOKENS - real))
        place = torch.arange(TOKENS, device=real.device)
        self.bias.copy_(torch.where(place < real[:, None], 0.0, pads[:, None])[:, None, None])

    def __call__(self, attn, hidden_states, encoder_hidden_states=None, attention_mask=None, rotary_emb=None):
        query = attn.norm_q(attn.to_q(hidden_states)).unflatten(2, (attn.heads, -1)).transpose(1, 2)
        key = attn.norm_k(attn.to_k(encoder_hidden_states)).unflatten(2, (attn.heads, -1)).transpose(1, 2)
        value = attn.to_v(encoder_hidden_states).unflatten(2, (attn.heads, -1)).transpose(1, 2)
        bias = self.bias.to(value.dtype)
        out = F.scaled_dot_product_attention(query.to(value.dtype), key.to(value.dtype), value, attn_mask=bias)
        return attn.to_out[1](attn.to_out[0](out.transpose(1, 2).flatten(2, 3)))


def network() -> WanTransformer3DModel:
    return WanTransformer3DModel(
        in_channels=36,
        out_channels=16,
        num_attention_heads=4,
        attention_head_dim=48,
        num_layers=6,
        ffn_dim=512,
        text_dim=64,
        freq_dim=64,
        cross_attn_norm=True,
        rope_max_seq_len=128,
    )


@torch.no_grad()
def encoded(vae: AutoencoderKLWan, video: Tensor) -> Tensor:
    """video uint8 [B, F, H, W, 3] or the like in -1..1 -> normalised latents [B, 16, f, h, w] in float16."""
    mean = torch.tensor(vae.config.latents_mean, device="cuda").view(1, -1, 1, 1, 1)
    std = torch.tensor(vae.config.latents_std, device="cuda").view(1, -1, 1, 1, 1)
    with torch.autocast("cuda", dtype=torch.bfloat16):
        latents = encode_whole(vae, video)[0]
    return ((latents.float() - mean) / std).half()


def pool(folder: Path, count: int, seed: int) -> tuple[Tensor, Tensor, list[str]]:
    """Latents and first-frame conditions, [count, 16, 9, 8, 8] each, and the captions."""
    vae = whole_clip(AutoencoderKLWan.from_pretrained(folder / "vae")).cuda()
    rng = np.random.default_rng(seed)
    latents, conditions, captions = [], [], []
    for _ in range(0, count, 64):
        scenes = [base_scene(rng) for _ in range(64)]
        video = render(scenes, "cuda", softness=float(rng.uniform(0.6, 1.2))).permute(0, 4, 1, 2, 3).float() / 127.5 - 1
        first = torch.zeros_like(video)
        first[:, :, 0] = video[:, :, 0]
        latents.append(encoded(vae, video))
        conditions.append(encoded(vae, first))
        captions += [s.caption for s in scenes]
    return torch.cat(latents), torch.cat(conditions), captions


def shared(tensor: Tensor, world: int) -> Tensor:
    """The rows of all ranks, in the order of ranks."""
    if world == 1:
        return tensor
    parts = [torch.empty_like(tensor) for _ in range(world)]
    dist.all_gather(parts, tensor.contiguous())
    return torch.cat(parts)


def example(latents: Tensor, conditions: Tensor, low: float, high: float) -> tuple[Tensor, Tensor, Tensor]:
    """(model input [B, 36, f, h, w], timesteps [B], target [B, 16, f, h, w]); the later half is text-to-video."""
    size = len(latents)
    sigma = low + (high - low) * (torch.randperm(size, device="cuda") + torch.rand(size, device="cuda")) / size
    s = sigma.view(-1, 1, 1, 1, 1)
    noise = torch.randn_like(latents)
    mask = torch.zeros(size, 4, *latents.shape[2:], device="cuda")
    mask[: size // 2, :, 0] = 1
    conditions = conditions * (torch.arange(size, device="cuda") < size // 2).view(-1, 1, 1, 1, 1)
    return torch.cat([(1 - s) * latents + s * noise, mask, conditions], 1), sigma * 1000, noise - latents


def train(name: str, data: tuple, args: argparse.Namespace, seconds: float) -> WanTransformer3DModel:
    latents, conditions, ids, text, filler = data
    rng = np.random.default_rng(7)
    model = network().cuda()
    torch.nn.init.normal_(model.proj_out.weight, std=0.01)
    pads = FewPads(args.batch, "cuda", torch.bfloat16)
    for block in model.blocks:
        block.attn2.set_processor(pads)
    matrices, rest = split(model)
    optimizers = [
        Muon(matrices, args.lr),
        torch.optim.AdamW(rest, lr=args.lr, weight_decay=0.0, betas=(0.9, 0.98), fused=True),
    ]
    average = torch.optim.swa_utils.AveragedModel(model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.999))
    model.compile_repeated_blocks(fullgraph=False)
    start, shown, step, done, smooth = time.time(), 0.0, 0, 0.0, 0.0
    while done < 1:
        rows = torch.from_numpy(rng.integers(0, len(latents), args.batch)).cuda()
        tokens = ids[rows]
        tokens = torch.where((torch.rand(len(rows), 1, device="cuda") < 0.1), ids[-1:], tokens)
        with torch.no_grad():
            words = embed(text, tokens, filler)
        total = torch.full((len(rows),), 512.0, device="cuda")
        total[::4] = torch.randint(TOKENS, 512, (len(total[::4]),), device="cuda").float()
        pads.count((tokens != 0).sum(1).float(), total)
        inputs, timesteps, target = example(latents[rows].float(), conditions[rows].float(), *RANGES[name])
        with torch.autocast("cuda", dtype=torch.bfloat16):
            out = model(inputs, timestep=timesteps, encoder_hidden_states=words, return_dict=False)[0]
        loss = F.mse_loss(out.float(), target)
        model.zero_grad(set_to_none=False)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        rate = args.lr * min(1, (step + 1) / 100) * (0.5 * (1 + np.cos(np.pi * min(done, 1))) * 0.98 + 0.02)
        for optimizer in optimizers:
            optimizer.param_groups[0]["lr"] = rate
            optimizer.step()
        average.update_parameters(model)
        step += 1
        if step % 10 == 0:
            done = (time.time() - start) / seconds
            smooth = 0.9 * smooth + 0.1 * loss.item() if smooth else loss.item()
        if time.time() - shown > 30:
            shown = time.time()
            print(f"{name} {step} {shown - start:.0f}s loss {smooth:.4f}", flush=True)
    print(f"{name} end {step} loss {smooth:.4f}", flush=True)
    final = network()
    final.load_state_dict({k.replace("_orig_mod.", ""): v for k, v in average.module.state_dict().items()})
    return final


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--seconds", type=float, default=540, help="in all, the making of the clips included")
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--lr", type=float, default=2e-3)
    parser.add_argument("--pool", type=int, default=10240, help="clips each GPU draws; both train on all")
    args = parser.parse_args()
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = torch.backends.cudnn.benchmark = True
    rank, world = several_gpus.start()
    torch.manual_seed(rank)
    start = time.time()
    tokens = PreTrainedTokenizerFast.from_pretrained(args.folder / "tokenizer")
    text = UMT5EncoderModel.from_pretrained(args.folder / "text_encoder").cuda().eval()
    latents, conditions, captions = pool(args.folder, args.pool, 20 + rank)
    ids = torch.cat([shared(ids_of(tokens, captions).cuda(), world), ids_of(tokens, [""]).cuda()])
    latents, conditions = shared(latents, world), shared(conditions, world)
    print(f"pool {tuple(latents.shape)} std {latents.float().std():.3f} in {time.time() - start:.0f}s", flush=True)
    filler = tokens.convert_tokens_to_ids(FILLER)
    names = list(RANGES) if world == 1 else [list(RANGES)[rank]]
    seconds = (args.seconds - (time.time() - start)) / len(names)
    for name in names:
        model = train(name, (latents, conditions, ids, text, filler), args, seconds)
        model.save_pretrained((args.out or args.folder) / name)


if __name__ == "__main__":
    main()
