"""Our attention is diffusers' own, and a LoRA beside a linear is PEFT's own."""

import pytest
import torch
from diffusers.models.transformers.transformer_wan import WanAttention, WanAttnProcessor, WanRotaryPosEmbed
from peft import LoraConfig, inject_adapter_in_model
from peft.tuners.lora import Linear
from torch import nn

from wannb.wan.adapters.lora_linear import LoraLinear
from wannb.wan.attention import Attention


@pytest.fixture
def attention():
    torch.manual_seed(0)
    return WanAttention(dim=48, heads=4, dim_head=12, processor=WanAttnProcessor())


def outputs(attention, logits=None, **given):
    own = attention(**given, attention_mask=logits)
    attention.set_processor(Attention(logits))
    return own, attention(**given)


def test_self_attention_with_rotary_positions(attention):
    rotary = WanRotaryPosEmbed(12, (1, 2, 2), 64)(torch.zeros(1, 16, 3, 8, 8))
    own, ours = outputs(attention, hidden_states=torch.randn(2, 48, 48), rotary_emb=rotary)
    torch.testing.assert_close(ours, own, rtol=0, atol=0)


def test_cross_attention_with_logits():
    torch.manual_seed(0)
    attention = WanAttention(dim=48, heads=4, dim_head=12, cross_attention_dim_head=12, processor=WanAttnProcessor())
    text, logits = torch.randn(2, 8, 48), torch.randn(2, 1, 1, 8)
    given = {"hidden_states": torch.randn(2, 20, 48), "encoder_hidden_states": text}
    own, ours = outputs(attention, logits, **given)
    torch.testing.assert_close(ours, own, rtol=0, atol=0)


def adapted(classes):
    """A linear with PEFT's adapter of the class that `classes` says."""
    config = LoraConfig(r=4, lora_alpha=6, target_modules=["0"])
    config._register_custom_module(classes)
    return inject_adapter_in_model(config, nn.Sequential(nn.Linear(24, 40)))[0]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_lora_is_pefts_and_its_products_are_in_the_activations_precision(dtype):
    torch.manual_seed(0)
    x = torch.randn(3, 5, 24).to(dtype)
    theirs, ours = adapted({}).to(dtype), adapted({nn.Linear: LoraLinear}).to(dtype)
    assert type(ours) is LoraLinear and type(theirs) is Linear
    ours.load_state_dict(theirs.state_dict())
    for layer in (theirs, ours):
        for part, seed in ((layer.lora_A, 1), (layer.lora_B, 2)):
            weight = part["default"].weight
            weight.data = torch.randn(weight.shape, generator=torch.Generator().manual_seed(seed))
    assert ours(x).dtype == dtype
    tolerance = {torch.float32: 1e-6, torch.bfloat16: 0.02}[dtype]
    assert (ours(x) - theirs(x)).norm() <= tolerance * theirs(x).norm()
    ours(x).float().square().sum().backward()
    assert ours.lora_B["default"].weight.grad.dtype == torch.float32
