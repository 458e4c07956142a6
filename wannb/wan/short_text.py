"""Cross-attention over the words alone that equals one over 512 tokens, most of them padding.

Wan pads prompts with zeros to 512 tokens and masks nothing (formats.md 1.2). Equal tokens have equal keys and values,
so n of them weigh in a softmax as one does whose logit is raised by log n. A few such tokens stand for all the padding;
a forward pass and its gradients stay the same and the keys and values of hundreds of zeros are never computed.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from diffusers import WanTransformer3DModel
from torch import Tensor

from wannb.wan.attention import Attention
from wannb.wan.streaming.crossing import sent
from wannb.wan.text import TOKENS

SLOTS = 4
"""Least number of tokens that stand for the padding: the weights of four bfloat16 logits add up to any count."""
MULTIPLE = 8
"""CUDA's masked attention wants rows of logits in such multiples."""


@contextmanager
def short_text(transformer: WanTransformer3DModel, embeds: list[Tensor]) -> Iterator[Tensor]:
    """Inside the block, `transformer` takes the yielded text [B, n, d] for `text.pad(embeds)` [B, 512, d].

    embeds: one [n, d] tensor a prompt. The backward pass belongs inside too: gradient checkpointing runs forward again.
    """
    device, dtype = transformer.patch_embedding.weight.device, transformer.patch_embedding.weight.dtype
    text, logits = shortened(embeds, dtype)
    weighed = Attention(sent(logits, device))
    attentions = [block.attn2 for block in transformer.blocks]
    before = [attention.processor for attention in attentions]
    try:
        for attention in attentions:
            attention.set_processor(weighed)
        yield sent(text, device, dtype)
    finally:
        for attention, processor in zip(attentions, before, strict=True):
            attention.set_processor(processor)


def shortened(embeds: list[Tensor], dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Return text [B, n, d] and logits [B, 1, 1, n] in `dtype`: 0 for words, for the rest what padding weighs."""
    length = max(len(embed) for embed in embeds) + SLOTS
    length = min(TOKENS, math.ceil(length / MULTIPLE) * MULTIPLE)
    text = embeds[0].new_zeros(len(embeds), length, embeds[0].shape[1])
    logits = torch.zeros(len(embeds), 1, 1, length, dtype=dtype)
    for row, weights, embed in zip(text, logits, embeds, strict=True):
        words = len(embed)
        row[:words] = embed
        weights[..., words:] = torch.tensor(padding_logits(TOKENS - words, length - words, dtype), dtype=dtype)
    return text, logits


def padding_logits(count: int, slots: int, dtype: torch.dtype) -> list[float]:
    """`slots` logits that `dtype` holds exactly and whose weights e^logit add up to `count` tokens of logit 0.

    Each takes what it can of the rest, so the error shrinks by the precision of `dtype` with every slot.
    """
    if slots == count:
        return [0.0] * slots
    logits, rest = [], float(count)
    for _ in range(slots):
        logit = _held(math.log(rest), dtype) if rest > 1e-9 * count else -math.inf
        rest -= math.exp(logit)
        logits.append(logit)
    return logits


def _held(value: float, dtype: torch.dtype) -> float:
    """The greatest number of `dtype` that is not above `value`."""
    near = torch.tensor(value, dtype=torch.float64).to(dtype)
    if near.item() > value:
        near = torch.nextafter(near, torch.tensor(-math.inf, dtype=dtype))
    return near.item()
