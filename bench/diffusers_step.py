"""The step of diffusers and PEFT as one writes it from their documentation: what ours is measured against."""

import time

import torch
import torch.nn.functional as F
from diffusers import WanTransformer3DModel
from peft import LoraConfig

from wannb.job import Job
from wannb.job.cost.estimate import ShapeCost
from wannb.runs import fitting
from wannb.wan.loading import random_weights, source
from wannb.wan.text import TOKENS

TARGETS = r".*blocks\.\d+\.(attn[12]\.(to_[qkv]|to_out\.0)|ffn\.net\.(0\.proj|2))"
"""The ten linears of a block."""


def diffusers_steps(job: Job, where: object, size: ShapeCost, steps: int) -> fitting.Measured:
    """Steps of an expert of `where` with random weights in bf16, all of it, with full gradient checkpointing, 512
    text tokens and fused AdamW."""
    device = torch.device(job.device)
    model = _model(source.read_json(where, "transformer/config.json"), device)
    learned = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(learned, lr=1e-4, fused=device.type == "cuda")
    _reset(device)
    seconds = [_step(model, learned, optimizer, size, device) for _ in range(fitting.WARM_UP + steps)]
    return fitting.Measured("high", size, tuple(seconds[fitting.WARM_UP :]), seconds[0], _peak_gib(device))


def _model(config: dict, device: torch.device) -> WanTransformer3DModel:
    model = random_weights.blank_expert(config, torch.bfloat16).to(torch.bfloat16)
    random_weights.fill_around(model, device)
    for number in range(len(model.blocks)):
        random_weights.fill_block(model, number, device)
    model = model.to(device, torch.bfloat16)
    model.requires_grad_(False)
    model.add_adapter(LoraConfig(r=16, lora_alpha=16, target_modules=TARGETS))
    model.enable_gradient_checkpointing()
    return model.to(torch.bfloat16).train()


def _step(model, learned, optimizer, size: ShapeCost, device: torch.device) -> float:
    config = model.config
    latents = 16, (size.frames - 1) // 4 + 1, size.height // 8, size.width // 8
    sample = torch.randn(1, config.in_channels, *latents[1:], device=device, dtype=torch.bfloat16)
    target = torch.randn(1, *latents, device=device)
    text = torch.randn(1, TOKENS, config.text_dim, device=device, dtype=torch.bfloat16)
    _synchronize(device)
    began = time.perf_counter()
    timestep = torch.full((1,), 950.0, device=device)
    velocity = model(sample, timestep, text, return_dict=False)[0]
    F.mse_loss(velocity.float(), target).backward()
    torch.nn.utils.clip_grad_norm_(learned, 1.0)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    _synchronize(device)
    return time.perf_counter() - began


def _synchronize(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def _reset(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)


def _peak_gib(device: torch.device) -> float:
    return torch.cuda.max_memory_reserved(device) / 2**30 if device.type == "cuda" else 0.0
