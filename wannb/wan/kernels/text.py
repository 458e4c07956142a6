"""Attention of many queries to the few tokens of a text, with a logit for each of them, as one operator.

softmax(q kᵀ / √d + logits) v. With so few keys a program holds the scores of its queries at once, and the time is that
of reading the queries and writing what they get.
"""

import math
from functools import cache

import torch
from torch import Tensor

MOST_KEYS = 128
"""That a program holds where it has ROOM bytes of shared memory, half of them elsewhere; beyond them torch's own
attention is as fast."""
ROOM = 160 * 2**10


@cache
def most_keys(device: torch.device) -> int:
    """The longest text that the operator takes on `device`."""
    if device.type != "cuda" or torch.cuda.get_device_properties(device).shared_memory_per_block_optin >= ROOM:
        return MOST_KEYS
    return MOST_KEYS // 2


def fits(query: Tensor) -> bool:
    """Whether the operator takes such queries, [B, T, heads, d]: half precision, d a power of two from 16 to 128."""
    width = query.shape[-1]
    return query.dtype in (torch.bfloat16, torch.float16) and 16 <= width <= 128 and width & (width - 1) == 0


def plain(query: Tensor, key: Tensor, value: Tensor, logits: Tensor | None) -> tuple[Tensor, Tensor]:
    """query: [B, T, heads, d], key, value: [B, n, heads, d], logits: [B, 1, 1, n] or None -> [B, T, heads, d] and the
    logarithm of each softmax's denominator, float32 [B, heads, T]."""
    scores = _scores(query, key, logits)
    mixed = torch.einsum("bhtn,bnhd->bthd", scores.softmax(-1), value.float())
    return mixed.to(query.dtype), scores.logsumexp(-1)


def plain_backward(
    gradient: Tensor, query: Tensor, key: Tensor, value: Tensor, logits: Tensor | None, summed: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """gradient: toward `plain`'s first; summed: its second -> the gradients toward query, key and value."""
    weights = (_scores(query, key, logits) - summed[..., None]).exp()
    gradient = gradient.float()
    toward = torch.einsum("bthd,bnhd->bhtn", gradient, value.float())
    own = (weights * toward).sum(-1, keepdim=True)
    toward = weights * (toward - own) / math.sqrt(query.shape[-1])
    return (
        torch.einsum("bhtn,bnhd->bthd", toward, key.float()).to(query.dtype),
        torch.einsum("bhtn,bthd->bnhd", toward, query.float()).to(key.dtype),
        torch.einsum("bhtn,bthd->bnhd", weights, gradient).to(value.dtype),
    )


def _scores(query: Tensor, key: Tensor, logits: Tensor | None) -> Tensor:
    scores = torch.einsum("bthd,bnhd->bhtn", query.float(), key.float()) / math.sqrt(query.shape[-1])
    return scores if logits is None else scores + logits.float()


@torch.library.custom_op("wannb::text_attention", mutates_args=(), device_types="cpu")
def text_attention(query: Tensor, key: Tensor, value: Tensor, logits: Tensor | None) -> tuple[Tensor, Tensor]:
    """`plain` as one operator with gradients toward query, key and value."""
    mixed, summed = plain(query, key, value, logits)
    return mixed.contiguous(), summed


@torch.library.custom_op("wannb::text_attention_backward", mutates_args=(), device_types="cpu")
def text_attention_backward(
    gradient: Tensor, query: Tensor, key: Tensor, value: Tensor, logits: Tensor | None, summed: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """`plain_backward` as one operator."""
    found = plain_backward(gradient, query, key, value, logits, summed)
    return found[0].contiguous(), found[1].contiguous(), found[2].contiguous()


@text_attention.register_kernel("cuda")
def _(query: Tensor, key: Tensor, value: Tensor, logits: Tensor | None):
    from wannb.wan.kernels import triton_text

    with torch.cuda.device(query.device):
        return triton_text.forward(query, key, value, logits)


@text_attention_backward.register_kernel("cuda")
def _(gradient: Tensor, query: Tensor, key: Tensor, value: Tensor, logits: Tensor | None, summed: Tensor):
    from wannb.wan.kernels import triton_text

    with torch.cuda.device(gradient.device):
        return triton_text.backward(gradient, query, key, value, logits, summed)


@text_attention.register_fake
def _(query: Tensor, key: Tensor, value: Tensor, logits: Tensor | None):
    batch, tokens, heads, _ = query.shape
    return query.new_empty(query.shape), query.new_empty((batch, heads, tokens), dtype=torch.float32)


@text_attention_backward.register_fake
def _(gradient: Tensor, query: Tensor, key: Tensor, value: Tensor, logits: Tensor | None, summed: Tensor):
    return query.new_empty(query.shape), key.new_empty(key.shape), value.new_empty(value.shape)


def _keep(ctx, inputs, output) -> None:
    ctx.save_for_backward(*inputs, output[1])


def _backward(ctx, gradient: Tensor, _: Tensor | None):
    return *text_attention_backward(gradient, *ctx.saved_tensors), None


text_attention.register_autograd(_backward, setup_context=_keep)
OPERATOR = torch.ops.wannb.text_attention.default
