"""8-bit linears: what is lost is what three bits of mantissa lose, forward and backward."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from wannb.wan.adapters import block_norms, lora
from wannb.wan.adapters.adapter import Adapter
from wannb.wan.kernels.where import has_8_bit_floats
from wannb.wan.loading import random_weights
from wannb.wan.quantized import quantizing
from wannb.wan.quantized.float8 import Float8Linear
from wannb.wan.quantized.uint4 import Uint4Linear


@pytest.fixture
def linear():
    torch.manual_seed(0)
    made = nn.Linear(192, 96).to(torch.bfloat16)
    made.weight.data[3] *= 1000  # rows have scales of their own
    made.weight.data[5] = 0
    return made


def test_a_weight_is_off_by_half_a_step_of_its_row_at_most(linear):
    held = Float8Linear.of(linear).dequantized()
    exact = linear.weight.float()
    largest = exact.abs().amax(dim=1, keepdim=True)
    # a normal e4m3 has 3 bits of mantissa: half a step is 2⁻⁴ of the number; below 2⁻⁶ of 448 steps are even
    assert ((held - exact).abs() <= exact.abs() * 2**-4 + largest / 448 * 2**-10).all()
    assert (held[5] == 0).all()


def test_without_eight_bit_products_it_is_the_dequantized_linear(linear):
    held = Float8Linear.of(linear)
    assert not held.on_tensor_cores  # there are none on a CPU
    x = torch.randn(4, 7, 192, requires_grad=True)
    held.bias.data = held.bias.data.float()
    exact = F.linear(x, held.dequantized(), held.bias)
    torch.testing.assert_close(held(x), exact)
    (gradient,) = torch.autograd.grad(exact.square().sum(), x)
    torch.testing.assert_close(torch.autograd.grad(held(x).square().sum(), x)[0], gradient)


@pytest.mark.parametrize("kind", [Float8Linear, Uint4Linear])
def test_eight_bit_products_are_near_the_exact_ones(linear, kind):
    held = kind.of(linear)
    held.on_tensor_cores = True  # torch has the same product for CPUs
    x = torch.randn(2, 64, 192, dtype=torch.bfloat16, requires_grad=True)
    exact = F.linear(x.float(), held.dequantized().float(), linear.bias.float())
    assert (held(x).float() - exact).norm() <= 0.05 * exact.norm()
    toward = torch.randn_like(exact)
    (gradient,) = torch.autograd.grad((exact * toward).sum(), x)
    (ours,) = torch.autograd.grad((held(x).float() * toward).sum(), x)
    assert F.cosine_similarity(ours.flatten().float(), gradient.flatten().float(), dim=0) > 0.99


def test_a_block_has_its_linears_replaced_and_learns_beside_them():
    settings = {
        "patch_size": (1, 2, 2), "num_attention_heads": 2, "attention_head_dim": 24, "in_channels": 16,
        "out_channels": 16, "text_dim": 32, "freq_dim": 32, "ffn_dim": 64, "num_layers": 1, "cross_attn_norm": True,
        "rope_max_seq_len": 32,
    }  # fmt: skip
    model = random_weights.blank_expert(settings, torch.float32)
    random_weights.fill_around(model, "cpu")
    random_weights.fill(model.blocks[0], "cpu")
    lora.attach(model, Adapter("lora", 4, 4), seed=0)
    norm = block_norms.of_weights(model)["0"]
    lora.detach(model)
    quantizing.quantize_block(model.blocks[0], "float8")
    lora.attach(model, Adapter("lora", 4, 4), seed=0)
    linears = [module for module in model.modules() if isinstance(module, Float8Linear)]
    assert len(linears) == 10 and isinstance(model.proj_out, nn.Linear)
    assert block_norms.of_weights(model)["0"] == pytest.approx(norm, rel=1e-3)
    given = {"hidden_states": torch.randn(1, 16, 1, 8, 8), "timestep": torch.tensor([500.0])}
    model(**given, encoder_hidden_states=torch.randn(1, 8, 32), return_dict=False)[0].square().mean().backward()
    assert all(parameter.grad is not None for parameter in lora.trainable(model))


def test_which_devices_have_eight_bit_products():
    assert not has_8_bit_floats(torch.device("cpu"))
