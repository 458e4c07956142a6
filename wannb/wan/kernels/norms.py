"""RMS norm over all heads together and the turn by rotary positions after it, as one operator with its gradient.

y = x / √(mean x² + eps) · weight, then each pair of features is turned by its angle (Zhang and Sennrich 2019,
arXiv:1910.07467; Su et al. 2021, arXiv:2104.09864). The weight is frozen: there is no gradient toward it.
"""

import torch
from torch import Tensor, nn


def normed(x: Tensor, norm: nn.RMSNorm, heads: int, cos: Tensor | None, sin: Tensor | None) -> Tensor:
    """By torch: x [B, T, heads·d]; cos, sin [1, T, 1, d/2], or None: not turned -> [B, T, heads, d]."""
    y = norm(x).unflatten(2, (heads, -1))
    return y if cos is None else turned(y, cos, sin)


def normed_at_once(x: Tensor, norm: nn.RMSNorm, heads: int, cos: Tensor | None, sin: Tensor | None) -> Tensor:
    """`normed` by the operator, where it takes it."""
    if not fits(x, norm.weight, heads):
        return normed(x, norm, heads, cos, sin)
    return norm_rotary(x, norm.weight, cos, sin, heads, norm.eps)[0]


def fits(x: Tensor, weight: Tensor, heads: int) -> bool:
    """Whether the operator takes it: heads of a power of two, a frozen weight."""
    width = x.shape[-1] // heads
    return width & (width - 1) == 0 and not weight.requires_grad


def plain(
    x: Tensor, weight: Tensor, cos: Tensor | None, sin: Tensor | None, heads: int, eps: float
) -> tuple[Tensor, Tensor]:
    """x: [B, T, heads·d], weight: [heads·d], cos, sin: [1, T, 1, d/2] or None: not turned -> [B, T, heads, d] and the
    norm's factor, float32 [B, T]."""
    factor = torch.rsqrt(x.float().square().mean(dim=-1) + eps)
    y = (x.float() * factor[..., None] * weight.float()).to(x.dtype).unflatten(-1, (heads, -1))
    return (y if cos is None else turned(y, cos, sin)), factor


def plain_backward(
    gradient: Tensor, x: Tensor, weight: Tensor, cos: Tensor | None, sin: Tensor | None, factor: Tensor
) -> Tensor:
    """gradient: [B, T, heads, d], the rest as in `plain` -> the gradient toward x, [B, T, heads·d]."""
    toward = gradient.float() if cos is None else turned(gradient.float(), cos, -sin)
    toward = toward.flatten(-2) * weight.float()
    unit = x.float() * factor[..., None]
    return (factor[..., None] * (toward - unit * (toward * unit).mean(dim=-1, keepdim=True))).to(x.dtype)


def turned(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Turn each pair of features by its angle. x: [B, T, heads, 2 d]; cos, sin: [1, T, 1, d] -> x's shape and dtype."""
    first, second = x.unflatten(-1, (-1, 2)).unbind(-1)
    return torch.stack((first * cos - second * sin, first * sin + second * cos), dim=-1).flatten(-2).type_as(x)


@torch.library.custom_op("wannb::norm_rotary", mutates_args=(), device_types="cpu")
def norm_rotary(
    x: Tensor, weight: Tensor, cos: Tensor | None, sin: Tensor | None, heads: int, eps: float
) -> tuple[Tensor, Tensor]:
    """`plain` as one operator with a gradient toward x."""
    y, factor = plain(x, weight, cos, sin, heads, eps)
    return y.contiguous(), factor


@torch.library.custom_op("wannb::norm_rotary_backward", mutates_args=(), device_types="cpu")
def norm_rotary_backward(
    gradient: Tensor, x: Tensor, weight: Tensor, cos: Tensor | None, sin: Tensor | None, factor: Tensor
) -> Tensor:
    """`plain_backward` as one operator."""
    return plain_backward(gradient, x, weight, cos, sin, factor)


@norm_rotary.register_kernel("cuda")
def _(x: Tensor, weight: Tensor, cos: Tensor | None, sin: Tensor | None, heads: int, eps: float):
    from wannb.wan.kernels import triton_norms

    with torch.cuda.device(x.device):
        return triton_norms.forward(x, weight, cos, sin, heads, eps)


@norm_rotary_backward.register_kernel("cuda")
def _(gradient: Tensor, x: Tensor, weight: Tensor, cos: Tensor | None, sin: Tensor | None, factor: Tensor):
    from wannb.wan.kernels import triton_norms

    with torch.cuda.device(gradient.device):
        return triton_norms.backward(gradient, x, weight, cos, sin, factor)


@norm_rotary.register_fake
def _(x: Tensor, weight: Tensor, cos: Tensor | None, sin: Tensor | None, heads: int, eps: float):
    y = x.new_empty((*x.shape[:2], heads, x.shape[2] // heads))
    return y, x.new_empty(x.shape[:2], dtype=torch.float32)


@norm_rotary_backward.register_fake
def _(gradient: Tensor, x: Tensor, weight: Tensor, cos: Tensor | None, sin: Tensor | None, factor: Tensor):
    return x.new_empty(x.shape)


def _keep(ctx, inputs, output) -> None:
    x, weight, cos, sin, _, _ = inputs
    ctx.save_for_backward(x, weight, cos, sin, output[1])


def _backward(ctx, gradient: Tensor, _: Tensor | None):
    x, weight, cos, sin, factor = ctx.saved_tensors
    return norm_rotary_backward(gradient, x, weight, cos, sin, factor), None, None, None, None, None


norm_rotary.register_autograd(_backward, setup_context=_keep)
