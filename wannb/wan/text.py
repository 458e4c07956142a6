"""Prompts to embeddings, as diffusers' Wan pipelines make them."""

import torch
from diffusers.pipelines.wan.pipeline_wan import prompt_clean
from transformers import PreTrainedTokenizerBase, UMT5EncoderModel

TOKENS = 512


@torch.no_grad()
def encode(
    tokenizer: PreTrainedTokenizerBase, text_encoder: UMT5EncoderModel, prompts: list[str]
) -> list[torch.Tensor]:
    """prompts -> one [n, d] tensor each (n real tokens, at most 512, the end token included), in the encoder's dtype
    on its device. One prompt at a time, so an embedding does not depend on its company."""
    return [_encode_one(tokenizer, text_encoder, prompt) for prompt in prompts]


def pad(embeds: list[torch.Tensor]) -> torch.Tensor:
    """[n, d] tensors -> [B, 512, d], zeros after each prompt's end; Wan attends to them unmasked (formats.md 1.2)."""
    padded = embeds[0].new_zeros(len(embeds), TOKENS, embeds[0].shape[1])
    for row, embed in zip(padded, embeds, strict=True):
        row[: len(embed)] = embed
    return padded


def _encode_one(tokenizer: PreTrainedTokenizerBase, text_encoder: UMT5EncoderModel, prompt: str) -> torch.Tensor:
    tokens = tokenizer(
        [prompt_clean(prompt)],
        padding="max_length",
        max_length=TOKENS,
        truncation=True,
        add_special_tokens=True,
        return_attention_mask=True,
        return_tensors="pt",
    ).to(text_encoder.device)
    length = int(tokens.attention_mask.gt(0).sum())
    hidden = text_encoder(tokens.input_ids, tokens.attention_mask).last_hidden_state
    return hidden[0, :length].clone()
