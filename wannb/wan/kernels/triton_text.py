"""`text`'s two operators in Triton: a program goes over its queries, and each query's scores stay in registers.

Up to WHOLE keys, the backward pass reads everything once. More keys are gone through in pieces, as in FlashAttention-2
(Dao 2023, arXiv:2307.08691). Sums over queries are made in one order: the same numbers give the same gradients.
"""

import math
from functools import cache

import torch
import triton
import triton.language as tl
from torch import Tensor

QUERIES = 128
"""That a program of the forward pass takes, with 8 warps."""
SHAPES = {16: (64, 2), 32: (64, 2), 64: (64, 2), 128: (32, 1)}
"""Of a program of the backward pass by its keys: queries of one product, and loads under way; what registers hold."""
WHOLE = 128
"""Keys that are held at once, where a program has ROOM bytes of shared memory; half of them elsewhere."""
ROOM = 160 * 2**10
PROGRAMS = 528
"""Programs that share the sums over queries: four for each of the 132 processors of an H100."""
LOG2E = tl.constexpr(1.4426950408889634)


def forward(query: Tensor, key: Tensor, value: Tensor, logits: Tensor | None) -> tuple[Tensor, Tensor]:
    """As `text.plain`."""
    query, key, value = (_dense(one) for one in (query, key, value))
    batch, tokens, heads, width = query.shape
    out = torch.empty_like(query, memory_format=torch.contiguous_format)
    summed = torch.empty((batch, heads, tokens), dtype=torch.float32, device=query.device)
    keys = key.shape[1]
    grid = (triton.cdiv(tokens, QUERIES), batch * heads)
    _forward[grid](
        query, *query.stride()[:3], key, *key.stride()[:3], value, *value.stride()[:3], logits, *_strides(logits), out,
        summed, tokens, keys, heads, 1 / math.sqrt(width), QUERIES, _piece(key), width, logits is not None, num_warps=8,
        num_stages=1,
    )  # fmt: skip
    return out, summed


def backward(
    gradient: Tensor, query: Tensor, key: Tensor, value: Tensor, logits: Tensor | None, out: Tensor, summed: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """As `text.plain_backward`."""
    gradient, query, key, value, out = (_dense(one) for one in (gradient, query, key, value, out))
    batch, tokens, heads, width = query.shape
    keys, piece = key.shape[1], _piece(key)
    pieces = triton.cdiv(keys, piece)
    queries, stages = SHAPES[piece] if _held(key.device) == WHOLE else (SHAPES[piece][0], 1)
    shares = max(1, min(triton.cdiv(tokens, queries), PROGRAMS // (batch * heads * pieces)))
    to_query = torch.empty_like(query, memory_format=torch.contiguous_format)
    parts = torch.empty((2, shares, batch, keys, heads, width), dtype=torch.float32, device=query.device)
    common = (
        gradient, *gradient.stride()[:3], query, *query.stride()[:3], key, *key.stride()[:3], value,
        *value.stride()[:3], logits, *_strides(logits), out, *out.stride()[:3], summed, to_query,
    )  # fmt: skip
    sizes = (tokens, keys, heads, 1 / math.sqrt(width))
    kinds, how = (queries, piece, width, logits is not None), {"num_warps": 8, "num_stages": stages}
    _backward[(pieces, shares, batch * heads)](*common, parts, *sizes, shares, *kinds, pieces == 1, **how)
    if pieces > 1:
        _toward_query[(triton.cdiv(tokens, queries), batch * heads)](*common, *sizes, *kinds, **how)
    return to_query, *(one.sum(dim=0).to(key.dtype) for one in parts)  # operators may not give two views of one tensor


def _dense(one: Tensor) -> Tensor:
    return one if one.stride(3) == 1 else one.contiguous()


def _piece(key: Tensor) -> int:
    return min(_held(key.device), max(16, triton.next_power_of_2(key.shape[1])))


@cache
def _held(device: torch.device) -> int:
    if device.type == "cpu":  # in Triton's interpreter
        return WHOLE
    return WHOLE if torch.cuda.get_device_properties(device).shared_memory_per_block_optin >= ROOM else WHOLE // 2


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
def _forward(
    query, q_batch, q_token, q_head, key, k_batch, k_token, k_head, value, v_batch, v_token, v_head,
    logits, l_batch, l_token, out, summed, tokens, keys, heads, scale,
    T: tl.constexpr, N: tl.constexpr, D: tl.constexpr, LOGITS: tl.constexpr,
):  # fmt: skip
    batch, head = (tl.program_id(1) // heads).to(tl.int64), (tl.program_id(1) % heads).to(tl.int64)
    rows = tl.program_id(0) * T + tl.arange(0, T)
    q = _rows(query + batch * q_batch + head * q_head, q_token, rows, tokens, D)
    most = tl.full((T,), float("-inf"), tl.float32)
    total = tl.zeros((T,), tl.float32)
    mixed = tl.zeros((T, D), tl.float32)
    for first in range(0, keys, N):
        place = first + tl.arange(0, N)
        k = _rows(key + batch * k_batch + head * k_head, k_token, place, keys, D)
        v = _rows(value + batch * v_batch + head * v_head, v_token, place, keys, D)
        scores = _scores(q, k, logits, batch * l_batch, l_token, place, keys, scale, LOGITS)
        higher = tl.maximum(most, tl.max(scores, 1))
        weights = tl.exp2(scores - higher[:, None])
        shrunk = tl.exp2(most - higher)
        total = total * shrunk + tl.sum(weights, 1)
        mixed = mixed * shrunk[:, None] + tl.dot(weights.to(v.dtype), v)
        most = higher
    inside = rows < tokens
    tl.store(summed + tl.program_id(1).to(tl.int64) * tokens + rows, (most + tl.log2(total)) / LOG2E, mask=inside)
    out += (batch * tokens * heads + head) * D
    _write(out, heads * D, rows, inside, mixed / total[:, None], D)


@triton.jit
def _backward(
    gradient, g_batch, g_token, g_head, query, q_batch, q_token, q_head, key, k_batch, k_token, k_head,
    value, v_batch, v_token, v_head, logits, l_batch, l_token, out, o_batch, o_token, o_head, summed, to_query, parts,
    tokens, keys, heads, scale, shares,
    T: tl.constexpr, N: tl.constexpr, D: tl.constexpr, LOGITS: tl.constexpr, WHOLE_TEXT: tl.constexpr,
):  # fmt: skip
    """Of one piece of the keys, over one share of the queries; toward the queries too where the piece is all keys."""
    share, place = tl.program_id(1), tl.program_id(0) * N + tl.arange(0, N)
    batch, head = (tl.program_id(2) // heads).to(tl.int64), (tl.program_id(2) % heads).to(tl.int64)
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
        log = tl.load(summed + tl.program_id(2).to(tl.int64) * tokens + rows, mask=inside, other=0.0) * LOG2E
        weights = tl.where(inside[:, None], tl.exp2(scores - log[:, None]), 0.0)
        toward = tl.dot(g, tl.trans(v))
        if WHOLE_TEXT:
            own = tl.sum(weights * toward, 1)
        else:
            o = _rows(out + batch * o_batch + head * o_head, o_token, rows, tokens, D)
            own = tl.sum(o.to(tl.float32) * g.to(tl.float32), 1)
        toward = (weights * (toward - own[:, None]) * scale).to(q.dtype)
        to_value += tl.dot(tl.trans(weights.to(g.dtype)), g)
        to_key += tl.dot(tl.trans(toward), q)
        if WHOLE_TEXT:
            _write(to_query + (batch * tokens * heads + head) * D, heads * D, rows, inside, tl.dot(toward, k), D)
    batches = tl.num_programs(2) // heads
    parts += ((share * batches + batch) * keys * heads + head) * D
    _write(parts, heads * D, place, place < keys, to_key, D)
    parts += (shares * batches).to(tl.int64) * keys * heads * D
    _write(parts, heads * D, place, place < keys, to_value, D)


@triton.jit
def _toward_query(
    gradient, g_batch, g_token, g_head, query, q_batch, q_token, q_head, key, k_batch, k_token, k_head,
    value, v_batch, v_token, v_head, logits, l_batch, l_token, out, o_batch, o_token, o_head, summed, to_query,
    tokens, keys, heads, scale,
    T: tl.constexpr, N: tl.constexpr, D: tl.constexpr, LOGITS: tl.constexpr,
):  # fmt: skip
    batch, head = (tl.program_id(1) // heads).to(tl.int64), (tl.program_id(1) % heads).to(tl.int64)
    rows = tl.program_id(0) * T + tl.arange(0, T)
    inside = rows < tokens
    q = _rows(query + batch * q_batch + head * q_head, q_token, rows, tokens, D)
    g = _rows(gradient + batch * g_batch + head * g_head, g_token, rows, tokens, D)
    o = _rows(out + batch * o_batch + head * o_head, o_token, rows, tokens, D)
    own = tl.sum(o.to(tl.float32) * g.to(tl.float32), 1)
    log = tl.load(summed + tl.program_id(1).to(tl.int64) * tokens + rows, mask=inside, other=0.0) * LOG2E
    found = tl.zeros((T, D), tl.float32)
    for first in range(0, keys, N):
        place = first + tl.arange(0, N)
        k = _rows(key + batch * k_batch + head * k_head, k_token, place, keys, D)
        v = _rows(value + batch * v_batch + head * v_head, v_token, place, keys, D)
        scores = _scores(q, k, logits, batch * l_batch, l_token, place, keys, scale, LOGITS)
        weights = tl.exp2(scores - log[:, None])
        toward = (weights * (tl.dot(g, tl.trans(v)) - own[:, None]) * scale).to(q.dtype)
        found += tl.dot(toward, k)
    _write(to_query + (batch * tokens * heads + head) * D, heads * D, rows, inside, found, D)
