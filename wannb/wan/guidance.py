"""Classifier-free guidance inside an expert: one pass for both prompts where that is faster, none without need."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from diffusers import WanTransformer3DModel
from torch import Tensor

from wannb.wan.latents import tokens

TOGETHER = {"cpu": 128, "cuda": 2048}
"""Tokens of a clip up to which both prompts are one batch: small clips leave a device waiting for its next order.

On one CPU core the tiny Wan takes 43 ms for two passes of 48 tokens and 34 for one of both; from 144 on they are equal.
The figure for cards is reckoned, not measured: `python -m bench.previews --device cuda` tells."""


@contextmanager
def guided(expert: WanTransformer3DModel, negative: Tensor, scale: float, together: int) -> Iterator[None]:
    """Inside the block a call of `expert` returns the guided prediction, without + scale · (with - without the prompt).

    negative: [1, 512, d], what stands for "without". A pipeline must then guide no more itself (guidance_scale 1); each
    expert has its own scale, and one of 1 or less costs one pass, not two. together: up to so many tokens the two are
    one batch of 2, which differs from two passes by rounding alone.
    """
    own = expert.__dict__.get("forward")
    plain = expert.forward

    def forward(hidden_states: Tensor, timestep: Tensor, encoder_hidden_states: Tensor, **rest: object) -> tuple:
        def predict(noisy: Tensor, at: Tensor, prompts: Tensor) -> Tensor:
            return plain(hidden_states=noisy, timestep=at, encoder_hidden_states=prompts, **rest)[0]

        if scale <= 1:
            return (predict(hidden_states, timestep, encoder_hidden_states),)
        other = negative.to(encoder_hidden_states)
        if tokens(expert, hidden_states) <= together:
            twice = (torch.cat([one, one]) for one in (hidden_states, timestep))
            with_prompt, without = predict(*twice, torch.cat([encoder_hidden_states, other])).chunk(2)
        else:
            with_prompt = predict(hidden_states, timestep, encoder_hidden_states)
            without = predict(hidden_states, timestep, other)
        return (without + scale * (with_prompt - without),)

    expert.forward = forward
    try:
        yield
    finally:
        if own is None:
            del expert.forward
        else:
            expert.forward = own
