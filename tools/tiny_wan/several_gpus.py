"""Train on every GPU that `torchrun` gives: average gradients in one message, print on the first rank only."""

import os

import torch
import torch.distributed as dist


def start() -> tuple[int, int]:
    """Join the group that torchrun describes; returns (rank, world size), (0, 1) without torchrun."""
    rank, world = int(os.environ.get("LOCAL_RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
    torch.cuda.set_device(rank)
    if world > 1:
        dist.init_process_group("nccl", device_id=torch.device("cuda", rank))
    return rank, world


def average_gradients(parameters: list[torch.nn.Parameter], world: int) -> None:
    """Replace each gradient by its mean over the ranks."""
    if world == 1:
        return
    grads = [p.grad for p in parameters]
    flat = torch.cat([g.flatten() for g in grads])
    dist.all_reduce(flat)
    torch._foreach_copy_(
        grads, [f.view_as(g) for f, g in zip((flat / world).split([g.numel() for g in grads]), grads, strict=True)]
    )


def agree(value: float, world: int) -> float:
    """Rank 0's value everywhere: clocks differ, and ranks must stop at the same step."""
    if world == 1:
        return value
    box = torch.tensor([value], device="cuda", dtype=torch.float64)
    dist.broadcast(box, 0)
    return box.item()
