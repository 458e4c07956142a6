"""What a LoRA adds to a linear's outputs, made and summed at once where no compiler has a kernel to sum it in.

Each of attention's inputs goes into a kernel of its own, and so a sum before it would read and write all of them again.
"""

import torch
from torch import Tensor

WIDEST_RANK = 128
"""A program holds its tile of both factors, 48 KiB then: less than any card's shared memory."""


def fits(rank: int) -> bool:
    return rank <= WIDEST_RANK


def plain(out: Tensor, lowered: Tensor, up: Tensor) -> Tensor:
    """out: [n, m], lowered: [n, rank], up: [m, rank] -> out + lowered upᵀ."""
    return torch.addmm(out, lowered, up.t())


@torch.library.custom_op("wannb::add_low_rank", mutates_args=(), device_types="cpu")
def add_low_rank(out: Tensor, lowered: Tensor, up: Tensor) -> Tensor:
    """`plain` as one operator with gradients toward all three."""
    return plain(out, lowered, up)


@add_low_rank.register_kernel("cuda")
def _(out: Tensor, lowered: Tensor, up: Tensor) -> Tensor:
    from wannb.wan.kernels import triton_low_rank

    with torch.cuda.device(out.device):
        return triton_low_rank.add_low_rank(out, lowered, up)


@add_low_rank.register_fake
def _(out: Tensor, lowered: Tensor, up: Tensor) -> Tensor:
    return torch.empty_like(out, memory_format=torch.contiguous_format)


def _keep(ctx, inputs, output) -> None:
    ctx.save_for_backward(*inputs[1:])


def _backward(ctx, gradient: Tensor):
    lowered, up = ctx.saved_tensors
    return gradient, gradient @ up, gradient.t() @ lowered


add_low_rank.register_autograd(_backward, setup_context=_keep)
