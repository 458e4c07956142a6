"""Short text stands for text padded to 512: the same predictions and gradients, in every precision."""

import math

import pytest
import torch

from tests import tiny_pipeline
from wannb.wan import text
from wannb.wan.adapters import lora
from wannb.wan.adapters.adapter import Adapter
from wannb.wan.short_text import padding_logits, short_text, shortened


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("count, slots", [(508, 4), (500, 12), (7, 5), (4, 4), (300, 6)])
def test_the_weights_of_the_padding_add_up_to_its_number(count, slots, dtype):
    logits = padding_logits(count, slots, dtype)
    assert len(logits) == slots
    assert torch.tensor(logits).to(dtype).float().tolist() == logits
    assert sum(math.exp(logit) for logit in logits) == pytest.approx(count, rel=1e-6)


def test_a_prompt_that_fills_all_tokens_is_as_it_was():
    full = torch.randn(512, 32)
    words, logits = shortened([full, torch.randn(3, 32)], torch.float32)
    assert words.shape == (2, 512, 32)
    assert torch.equal(words[0], full) and not logits.any()


@pytest.mark.parametrize("checkpointing", [False, True])
def test_prediction_and_gradients_are_those_of_512_tokens(checkpointing):
    torch.manual_seed(0)
    transformer = tiny_pipeline.transformer("t2v")
    lora.attach(transformer, Adapter("lora", 4, 4), seed=1)
    for parameter in lora.trainable(transformer):
        torch.nn.init.normal_(parameter, std=0.2)
    if checkpointing:
        transformer.enable_gradient_checkpointing()
    transformer.train()
    embeds = [torch.randn(n, transformer.config.text_dim) for n in (3, 17)]
    noisy, timesteps = torch.randn(2, 16, 3, 4, 4), torch.tensor([100.0, 900.0])

    def results(words):
        out = transformer(noisy, timestep=timesteps, encoder_hidden_states=words, return_dict=False)[0]
        out.square().mean().backward()
        grads = [parameter.grad.clone() for parameter in lora.trainable(transformer)]
        transformer.zero_grad()
        return [out.detach(), *grads]

    slow = results(text.pad(embeds))
    with short_text(transformer, embeds) as words:
        assert words.shape[1] == 24
        fast = results(words)
    assert all(torch.allclose(f, s, rtol=1e-4, atol=1e-6) for f, s in zip(fast, slow, strict=True))
    again = results(text.pad(embeds))
    assert all(torch.equal(a, s) for a, s in zip(again, slow, strict=True))
