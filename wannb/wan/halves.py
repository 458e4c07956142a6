"""A block in two parts, attention and feed-forward: where each computes its own again, one's is held at a time.

As diffusers' `WanTransformerBlock.forward`, for the 14 B models' one modulation a clip.
"""

from diffusers.models.transformers.transformer_wan import WanTransformerBlock
from torch import Tensor


def attend(block: WanTransformerBlock, hidden: Tensor, text: Tensor, modulation: Tensor, rotary) -> Tensor:
    """hidden: [B, T, dim], text: [B, n, dim], modulation: [B, 6, dim] -> what stands before the feed-forward."""
    shift, scale, gate = _modulated(block, modulation)[:3]
    normed = (block.norm1(hidden.float()) * (1 + scale) + shift).type_as(hidden)
    hidden = (hidden.float() + block.attn1(normed, None, None, rotary) * gate).type_as(hidden)
    return hidden + block.attn2(block.norm2(hidden.float()).type_as(hidden), text, None, None)


def feed_forward(block: WanTransformerBlock, hidden: Tensor, modulation: Tensor) -> Tensor:
    """hidden: [B, T, dim], as `attend` gave it, modulation: [B, 6, dim] -> the block's output."""
    shift, scale, gate = _modulated(block, modulation)[3:]
    normed = (block.norm3(hidden.float()) * (1 + scale) + shift).type_as(hidden)
    return (hidden.float() + block.ffn(normed).float() * gate).type_as(hidden)


def _modulated(block: WanTransformerBlock, modulation: Tensor) -> tuple[Tensor, ...]:
    return (block.scale_shift_table + modulation.float()).chunk(6, dim=1)
