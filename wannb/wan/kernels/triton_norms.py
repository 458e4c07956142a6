"""`norms`' two operators in Triton: one program a token, whose features are read once."""

import torch
import triton
import triton.language as tl
from torch import Tensor

WARPS = 8


def forward(
    x: Tensor, weight: Tensor, cos: Tensor | None, sin: Tensor | None, heads: int, eps: float
) -> tuple[Tensor, Tensor]:
    """As `norms.plain`."""
    x = x.contiguous()
    batch, tokens, width = x.shape
    y = torch.empty((batch, tokens, heads, width // heads), dtype=x.dtype, device=x.device)
    factor = torch.empty((batch, tokens), dtype=torch.float32, device=x.device)
    _norm_forward[(tokens, batch)](
        x, weight, cos, sin, y, factor, *_strides(cos, sin), tokens, eps, heads, triton.next_power_of_2(heads),
        width // heads, cos is not None, num_warps=WARPS,
    )  # fmt: skip
    return y, factor


def backward(
    gradient: Tensor, x: Tensor, weight: Tensor, cos: Tensor | None, sin: Tensor | None, factor: Tensor
) -> Tensor:
    """As `norms.plain_backward`; `gradient` may lie head by head, as attention's kernels give it."""
    x = x.contiguous()
    gradient = gradient if gradient.stride(3) == 1 else gradient.contiguous()
    batch, tokens, heads, width = gradient.shape
    out = torch.empty_like(x)
    _norm_backward[(tokens, batch)](
        gradient, *gradient.stride()[:3], x, weight, cos, sin, factor.contiguous(), out, *_strides(cos, sin), tokens,
        heads, triton.next_power_of_2(heads), width, cos is not None, num_warps=WARPS,
    )  # fmt: skip
    return out


def _strides(cos: Tensor | None, sin: Tensor | None) -> tuple[int, int, int, int]:
    """Of cos and sin, [1, T, 1, d/2]: from token to token and from pair to pair."""
    return (0, 0, 0, 0) if cos is None else (cos.stride(1), cos.stride(3), sin.stride(1), sin.stride(3))


@triton.jit
def _angle(cos, sin, cos_token, cos_pair, sin_token, sin_pair, token, D: tl.constexpr):
    """cos and sin of a token's angles, [1, D/2] each."""
    pair = tl.arange(0, D // 2)
    c = tl.load(cos + token * cos_token + pair * cos_pair).to(tl.float32)
    s = tl.load(sin + token * sin_token + pair * sin_pair).to(tl.float32)
    return c[None, :], s[None, :]


@triton.jit
def _norm_forward(
    x, weight, cos, sin, y, factor, cos_token, cos_pair, sin_token, sin_pair, tokens, eps,
    H: tl.constexpr, HEADS: tl.constexpr, D: tl.constexpr, TURNED: tl.constexpr,
):  # fmt: skip
    token = tl.program_id(0).to(tl.int64)
    row = tl.program_id(1) * tokens + token
    head = tl.arange(0, HEADS)[:, None]
    place = head * D + tl.arange(0, D)[None, :]
    inside = (head < H) & (place >= 0)
    values = tl.load(x + row * H * D + place, mask=inside, other=0.0).to(tl.float32)
    scale = 1 / tl.sqrt(tl.sum(tl.sum(values * values, 1), 0) / (H * D) + eps)
    tl.store(factor + row, scale)
    values = values * scale * tl.load(weight + place, mask=inside, other=0.0).to(tl.float32)
    if TURNED:
        c, s = _angle(cos, sin, cos_token, cos_pair, sin_token, sin_pair, token, D)
        values = values.to(y.dtype.element_ty).to(tl.float32)
        first, second = tl.split(tl.reshape(values, (HEADS, D // 2, 2)))
        values = tl.reshape(tl.join(first * c - second * s, first * s + second * c), (HEADS, D))
    tl.store(y + row * H * D + place, values.to(y.dtype.element_ty), mask=inside)


@triton.jit
def _norm_backward(
    gradient, batch_stride, token_stride, head_stride, x, weight, cos, sin, factor, out,
    cos_token, cos_pair, sin_token, sin_pair, tokens,
    H: tl.constexpr, HEADS: tl.constexpr, D: tl.constexpr, TURNED: tl.constexpr,
):  # fmt: skip
    token = tl.program_id(0).to(tl.int64)
    batch = tl.program_id(1).to(tl.int64)
    row = batch * tokens + token
    head = tl.arange(0, HEADS)[:, None]
    column = tl.arange(0, D)[None, :]
    place = head * D + column
    inside = (head < H) & (place >= 0)
    start = gradient + batch * batch_stride + token * token_stride
    toward = tl.load(start + head * head_stride + column, mask=inside, other=0.0).to(tl.float32)
    if TURNED:
        c, s = _angle(cos, sin, cos_token, cos_pair, sin_token, sin_pair, token, D)
        first, second = tl.split(tl.reshape(toward, (HEADS, D // 2, 2)))
        toward = tl.reshape(tl.join(first * c + second * s, second * c - first * s), (HEADS, D))
    toward *= tl.load(weight + place, mask=inside, other=0.0).to(tl.float32)
    scale = tl.load(factor + row)
    unit = tl.load(x + row * H * D + place, mask=inside, other=0.0).to(tl.float32) * scale
    along = tl.sum(tl.sum(toward * unit, 1), 0) / (H * D)
    tl.store(out + row * H * D + place, (scale * (toward - unit * along)).to(out.dtype.element_ty), mask=inside)
