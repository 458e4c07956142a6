"""`text`'s two operators in Triton: a program goes over its queries, and each query's scores stay in registers.

Everything is read once. Sums over queries are made in one order: the same numbers give the same gradients.
"""

import math

import torch
import triton
import triton.language as tl
from torch import Tensor

from wannb.wan.kernels.text import MOST_KEYS, most_keys

QUERIES = 128
"""That a program of the forward pass takes, with 8 warps."""
SHAPES = {16: (64, 2), 32: (64, 2), 64: (64, 2), 128: (32, 1)}
"""Of a program of the backward pass by its keys: queries of one product, and loads under way; what registers hold."""
PROGRAMS = 528
"""Programs that share the sums over queries: four for each of the 132 processors of an H100."""
LOG2E = tl.constexpr(1.4426950408889634)


def forward(query: Tensor, key: Tensor, value: Tensor, logits: Tensor | None) -> tuple[Tensor, Tensor]:
    """As `text.plain`, for at most `text.most_keys` keys."""
    query, key, value = (_dense(one) for one in (query, key, value))
    batch, tokens, heads, width = query.shape
    out = torch.empty_like(query, memory_format=torch.contiguous_format)
    summed = torch.empty((batch, heads, tokens), dtype=torch.float32, device=query.device)
    _text_forward[(triton.cdiv(tokens, QUERIES), batch * heads)](
        query, *query.stride()[:3], key, *key.stride()[:3], value, *value.stride()[:3], logits, *_strides(logits), out,
        summed, tokens, key.shape[1], heads, 1 / math.sqrt(width), QUERIES, _held(key), width, logits is not None,
        num_warps=8, num_stages=1,
    )  # fmt: skip
    return out, summed


def backward(
    gradient: Tensor, query: Tensor, key: Tensor, value: Tensor, logits: Tensor | None, summed: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """As `text.plain_backward`, for at most `text.most_keys` keys."""
    gradient, query, key, value = (_dense(one) for one in (gradient, query, key, value))
    batch, tokens, heads, width = query.shape
    keys, held = key.shape[1], _held(key)
    queries, stages = SHAPES[held] if most_keys(key.device) == MOST_KEYS else (SHAPES[held][0], 1)
    shares = max(1, min(triton.cdiv(tokens, queries), PROGRAMS // (batch * heads)))
    to_query = torch.empty_like(query, memory_format=torch.contiguous_format)
    parts = torch.empty((2, shares, batch, keys, heads, width), dtype=torch.float32, device=query.device)
    _text_backward[(shares, batch * heads)](
        gradient, *gradient.stride()[:3], query, *query.stride()[:3], key, *key.stride()[:3], value,
        *value.stride()[:3], logits, *_strides(logits), summed, to_query, parts, tokens, keys, heads,
        1 / math.sqrt(width), shares, queries, held, width, logits is not None, num_warps=8, num_stages=stages,
    )  # fmt: skip
    return to_query, *(one.sum(dim=0).to(key.dtype) for one in parts)  # operators may not give two views of one tensor


def _dense(one: Tensor) -> Tensor:
    return one if one.stride(3) == 1 else one.contiguous()


def _held(key: Tensor) -> int:
    return max(16, triton.next_power_of_2(key.shape[1]))


def _strides(logits: Tensor | None) -> tuple[int, int]:
    """Of logits [B, 1, 1, n]: from text to text and from token to token."""
    return (0, 0) if logits is None else (logits.stride(0), logits.stride(3))


@triton.jit
def _rows(at, token_stride, rows, count, D: tl.constexpr):
    """Rows `rows` of a matrix with rows of D at `at`, 0 beyond the first `count`."""
    place = rows[:, None] * token_stride + tl.arange(0, D)[None, :]
    return tl.load(at + place, mask=(rows < count)[:, None], other=0.0)


@triton.jit
def _write(at, token_stride, rows, inside, values, D: tl.constexpr):
    """Write `values` to the rows `rows` of such a matrix that are `inside`."""
    place = rows[:, None] * token_stride + tl.arange(0, D)[None, :]
    tl.store(at + place, values.to(at.dtype.element_ty), mask=inside[:, None])


@triton.jit
def _scores(q, k, logits, l_text, l_token, place, keys, scale, LOGITS: tl.constexpr):
    """Scores of queries [T, D] and keys [N, D] in powers of two; no key beyond `keys` weighs anything."""
    scores = tl.dot(q, tl.trans(k)) * (scale * LOG2E)
    added = tl.where(place < keys, 0.0, float("-inf"))
    if LOGITS:
        added += tl.load(logits + l_text + place * l_token, mask=place < keys, other=0.0).to(tl.float32) * LOG2E
    return scores + added[None, :]


@triton.jit
def _text_forward(
    query, q_batch, q_token, q_head, key, k_batch, k_token, k_head, value, v_batch, v_token, v_head,
    logits, l_batch, l_token, out, summed, tokens, keys, heads, scale,
    T: tl.constexpr, N: tl.constexpr, D: tl.constexpr, LOGITS: tl.constexpr,
):  # fmt: skip
    batch, head = (tl.program_id(1) // heads).to(tl.int64), (tl.program_id(1) % heads).to(tl.int64)
    rows = tl.program_id(0) * T + tl.arange(0, T)
    place = tl.arange(0, N)
    q = _rows(query + batch * q_batch + head * q_head, q_token, rows, tokens, D)
    k = _rows(key + batch * k_batch + head * k_head, k_token, place, keys, D)
    v = _rows(value + batch * v_batch + head * v_head, v_token, place, keys, D)
    scores = _scores(q, k, logits, batch * l_batch, l_token, place, keys, scale, LOGITS)
    most = tl.max(scores, 1)
    weights = tl.exp2(scores - most[:, None])
    total = tl.sum(weights, 1)
    mixed = tl.dot(weights.to(v.dtype), v) / total[:, None]
    inside = rows < tokens
    tl.store(summed + tl.program_id(1).to(tl.int64) * tokens + rows, (most + tl.log2(total)) / LOG2E, mask=inside)
    _write(out + (batch * tokens * heads + head) * D, heads * D, rows, inside, mixed, D)


@triton.jit
def _text_backward(
    gradient, g_batch, g_token, g_head, query, q_batch, q_token, q_head, key, k_batch, k_token, k_head,
    value, v_batch, v_token, v_head, logits, l_batch, l_token, summed, to_query, parts,
    tokens, keys, heads, scale, shares,
    T: tl.constexpr, N: tl.constexpr, D: tl.constexpr, LOGITS: tl.constexpr,
):  # fmt: skip
    """Toward one share of the queries, and that share's part of the sums toward the keys and values."""
    share, place = tl.program_id(0), tl.arange(0, N)
    batch, head = (tl.program_id(1) // heads).to(tl.int64), (tl.program_id(1) % heads).to(tl.int64)
    k = _rows(key + batch * k_batch + head * k_head, k_token, place, keys, D)
    v = _rows(value + batch * v_batch + head * v_head, v_token, place, keys, D)
    to_key = tl.zeros((N, D), tl.float32)
    to_value = tl.zeros((N, D), tl.float32)
    blocks = tl.cdiv(tokens, T)
    for block in range(share * blocks // shares, (share + 1) * blocks // shares):
        rows = block * T + tl.arange(0, T)
        inside = rows < tokens
        q = _rows(query + batch * q_batch + head * q_head, q_token, rows, tokens, D)
        g = _rows(gradient + batch * g_batch + head * g_head, g_token, rows, tokens, D)
        scores = _scores(q, k, logits, batch * l_batch, l_token, place, keys, scale, LOGITS)
        log = tl.load(summed + tl.program_id(1).to(tl.int64) * tokens + rows, mask=inside, other=0.0) * LOG2E
        weights = tl.where(inside[:, None], tl.exp2(scores - log[:, None]), 0.0)
        toward = tl.dot(g, tl.trans(v))
        own = tl.sum(weights * toward, 1)
        toward = (weights * (toward - own[:, None]) * scale).to(q.dtype)
        to_value += tl.dot(tl.trans(weights.to(g.dtype)), g)
        to_key += tl.dot(tl.trans(toward), q)
        _write(to_query + (batch * tokens * heads + head) * D, heads * D, rows, inside, tl.dot(toward, k), D)
    batches = tl.num_programs(1) // heads
    parts += ((share * batches + batch) * keys * heads + head) * D
    _write(parts, heads * D, place, place < keys, to_key, D)
    parts += (shares * batches).to(tl.int64) * keys * heads * D
    _write(parts, heads * D, place, place < keys, to_value, D)
