"""Wan's attention as diffusers computes it, in a form that compiles into few kernels, with logits for short texts."""

import torch.nn.functional as F
from diffusers import WanTransformer3DModel
from diffusers.models.transformers.transformer_wan import WanAttention
from torch import Tensor

from wannb.wan.adapters import joint_lora
from wannb.wan.attention_ways import fastest, plain
from wannb.wan.kernels import norms, text, where
from wannb.wan.latents import tokens


class Attention:
    """A processor for `WanAttention`: the 14 B models', without the image tokens of Wan 2.1.

    logits: [B, 1, 1, n], added to every query's for the n tokens of the text; None: nothing is added.
    way: how attention without logits is computed (`attention_ways`).
    by_kernels: whether wannb's own kernels are used; text_keys: the longest text that theirs takes.
    """

    _attention_backend = None  # diffusers reads both of every processor
    _parallel_config = None

    def __init__(self, logits: Tensor | None = None):
        self.logits, self.way, self.by_kernels, self.text_keys = logits, plain, False, 0

    def __call__(
        self,
        attn: WanAttention,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None = None,
        attention_mask: Tensor | None = None,
        rotary_emb: tuple[Tensor, Tensor] | None = None,
    ) -> Tensor:
        """hidden_states: [B, T, dim], encoder_hidden_states: [B, n, dim] or None for self-attention -> [B, T, dim]."""
        through = joint_lora.joined if self.by_kernels else joint_lora.one_by_one
        if encoder_hidden_states is None:
            query, key, value = through((attn.to_q, attn.to_k, attn.to_v), hidden_states)
        else:
            (query,), both = through((attn.to_q,), hidden_states), (attn.to_k, attn.to_v)
            key, value = joint_lora.one_by_one(both, encoder_hidden_states)
        turn = (None, None) if rotary_emb is None else (rotary_emb[0][..., 0::2], rotary_emb[1][..., 1::2])
        normed = norms.normed_at_once if self.by_kernels else norms.normed
        query, key = normed(query, attn.norm_q, attn.heads, *turn), normed(key, attn.norm_k, attn.heads, *turn)
        value = value.unflatten(2, (attn.heads, -1))
        if self.logits is None:
            mixed = self.way(query, key, value)
        elif key.shape[1] <= self.text_keys and text.fits(query):
            mixed = text.text_attention(query, key, value, self.logits)[0]
        else:
            mixed = _weighed(query, key, value, self.logits)
        return attn.to_out[1](attn.to_out[0](mixed.flatten(2, 3)))


def _weighed(query: Tensor, key: Tensor, value: Tensor, logits: Tensor) -> Tensor:
    query, key, value = (one.transpose(1, 2) for one in (query, key, value))
    return F.scaled_dot_product_attention(query, key, value, attn_mask=logits).transpose(1, 2)


def install(transformer: WanTransformer3DModel) -> None:
    """Give every attention of the expert's blocks this processor; before each pass the self-attentions get the fastest
    way for its number of tokens, and all learn whether the kernels run where the latents are."""
    for block in transformer.blocks:
        block.attn1.set_processor(Attention())
        block.attn2.set_processor(Attention())
    transformer.register_forward_pre_hook(_settle, with_kwargs=True)


def _settle(transformer: WanTransformer3DModel, given: tuple, named: dict) -> None:
    latents = named.get("hidden_states", *given[:1])
    count, config = tokens(transformer, latents), transformer.config
    shape = config.num_attention_heads, config.attention_head_dim
    way = fastest(count.bit_length() - 1, *shape, latents.dtype, latents.device)
    by_kernels = where.on(latents.device)
    for block in transformer.blocks:
        block.attn1.processor.way = way
        for one in (block.attn1.processor, block.attn2.processor):
            one.by_kernels, one.text_keys = by_kernels, text.most_keys(latents.device) if by_kernels else 0
