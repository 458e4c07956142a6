"""Linears in fewer bits: plain linears with the weight that they stand for, forward and backward, and nothing kept."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from wannb.refusal import Refusal
from wannb.wan.adapters import lora
from wannb.wan.adapters.adapter import Adapter
from wannb.wan.loading import random_weights
from wannb.wan.quantized import quantizing, quanto
from wannb.wan.quantized.float8 import Float8Linear
from wannb.wan.quantized.frozen_linear import FrozenLinear
from wannb.wan.quantized.quantizing import KINDS, Scheme

BYTES = {"float8": 1.0, "qfloat8": 1.0, "qint8": 1.0, "qint4": 0.5, "uint4": 0.5}
LOST = {"float8": 0.03, "qfloat8": 0.03, "qint8": 0.01, "qint4": 0.1, "uint4": 0.1}
SETTINGS = {
    "patch_size": (1, 2, 2), "num_attention_heads": 2, "attention_head_dim": 32, "in_channels": 16, "out_channels": 16,
    "text_dim": 32, "freq_dim": 32, "ffn_dim": 128, "num_layers": 2, "cross_attn_norm": True, "rope_max_seq_len": 32,
}  # fmt: skip
kinds = pytest.mark.parametrize("kind", KINDS)


def plain(dtype=torch.float32, outputs=48, inputs=128):
    torch.manual_seed(0)
    return nn.Linear(inputs, outputs).to(dtype).requires_grad_(False)


@pytest.fixture
def expert():
    model = random_weights.blank_expert(SETTINGS, torch.float32)
    random_weights.fill_around(model, "cpu")
    for number in range(2):
        random_weights.fill_block(model, number, "cpu")
    return model


def noise(model):
    """What it predicts of noise, by a graph that its adapter learns through."""
    numbers = torch.Generator().manual_seed(1)
    given = {
        "hidden_states": torch.randn(1, 16, 1, 8, 8, generator=numbers), "timestep": torch.tensor([500.0]),
        "encoder_hidden_states": torch.randn(1, 8, 32, generator=numbers),
    }  # fmt: skip
    return model(**given, return_dict=False)[0]


@kinds
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
def test_it_is_the_plain_linear_with_its_own_weight_and_keeps_no_copy_of_it(kind, dtype):
    linear = plain(dtype)
    held = KINDS[kind](linear)
    weight = held.dequantized().to(dtype)
    x = torch.randn(2, 5, 128, dtype=dtype, requires_grad=True)
    own, kept = {tensor.data_ptr() for tensor in held.parameters()}, []
    with torch.autograd.graph.saved_tensors_hooks(lambda one: kept.append(one) or one, lambda one: one):
        out = held(x)
    assert all(one.data_ptr() in own for one in kept)
    assert torch.equal(out, F.linear(x, weight, linear.bias))
    toward = torch.randn_like(out)
    (gradient,) = torch.autograd.grad(out, x, toward)
    assert torch.equal(gradient, toward @ weight)
    assert (weight - linear.weight).float().norm() <= LOST[kind] * linear.weight.float().norm()


@kinds
def test_all_that_it_is_made_of_are_parameters_and_no_weight_is_among_them(kind):
    held = KINDS[kind](plain(torch.bfloat16, 512, 1024))
    assert isinstance(held, FrozenLinear) and held.weight is None and not list(held.buffers())
    assert {id(one) for one in held.held} < {id(one) for one in held.parameters()}
    assert not any(one.requires_grad for one in held.parameters())
    size = sum(one.nbytes for one in held.held) / (512 * 1024)
    assert BYTES[kind] <= size <= BYTES[kind] + 0.05


@kinds
def test_an_input_without_gradient_compiles_too(kind):
    """Of the prompt, say: beside it is what learns."""
    torch._dynamo.reset()
    linear, learns = KINDS[kind](plain()), nn.Parameter(torch.ones(48))
    compiled = torch.compile(lambda x: linear(x) * learns, fullgraph=True, backend="aot_eager_decomp_partition")
    x = torch.randn(4, 128)
    torch.testing.assert_close(compiled(x), linear(x))
    (gradient,) = torch.autograd.grad(compiled(x).sum(), learns)
    torch.testing.assert_close(gradient, linear(x).sum(0))


@kinds
def test_it_compiles_in_one_graph_that_keeps_no_weight_either(kind):
    torch._dynamo.reset()
    pair = nn.Sequential(*(KINDS[kind](plain(torch.bfloat16, 128)) for _ in range(2)))
    x = torch.randn(4, 128, dtype=torch.bfloat16, requires_grad=True)
    expected = pair(x)
    (gradient,) = torch.autograd.grad(expected.square().sum(), x)
    compiled = torch.compile(pair, fullgraph=True, backend="aot_eager_decomp_partition")
    own, kept = {one.untyped_storage().data_ptr() for one in pair.parameters()}, []
    with torch.autograd.graph.saved_tensors_hooks(lambda one: kept.append(one) or one, lambda one: one):
        out = compiled(x)
    assert sum(one.numel() for one in kept if one.untyped_storage().data_ptr() not in own) <= expected.numel()
    torch.testing.assert_close(out, expected)
    torch.testing.assert_close(torch.autograd.grad(out.square().sum(), x)[0], gradient)


@pytest.mark.parametrize("kind", ["qfloat8", "qint8"])
def test_eight_bits_of_the_library_are_the_librarys_own(kind):
    from optimum.quanto import QLinear, qtypes

    linear = plain(torch.bfloat16)
    theirs = QLinear.from_module(linear, weights=qtypes[kind]).qweight.dequantize()
    assert torch.equal(KINDS[kind](linear).dequantized(), theirs)


def test_four_bits_of_the_library_are_a_scale_and_a_shift_for_each_group():
    weight = plain(torch.bfloat16, 5, 256).weight
    lines = weight.detach().reshape(10, 128)
    lowest = lines.amin(1, keepdim=True)
    scale = (lines.amax(1, keepdim=True) - lowest) / 15
    expected = torch.round((lines - lowest) / scale).clamp(0, 15) * scale - (-lowest)
    assert torch.equal(quanto.of(plain(torch.bfloat16, 5, 256), "qint4").dequantized(), expected.reshape(5, 256))


@kinds
def test_rows_of_one_value_and_narrow_ones_are_finite(kind):
    linear = plain(inputs=48, outputs=7)
    linear.weight[2], linear.weight[3] = 0, 0.5
    held = KINDS[kind](linear)
    weight = held.dequantized() if isinstance(held, FrozenLinear) else held.weight
    assert torch.allclose(weight[2:4], linear.weight[2:4], atol=0.02)


@kinds
@pytest.mark.parametrize("adapter", ["lora", "lokr"])
def test_an_adapter_learns_over_it_and_comes_off_again(expert, kind, adapter):
    plain_expert = noise(expert)
    for block in expert.blocks:
        quantizing.quantize_block(block, kind)
        quantizing.quantize_block(block, kind)  # what is quantized stays so
    assert sum(isinstance(module, FrozenLinear) for module in expert.modules()) == 20
    assert type(expert.proj_out) is nn.Linear
    with torch.no_grad():
        before = noise(expert)
    assert (before - plain_expert).norm() <= 2 * LOST[kind] * plain_expert.norm()
    lora.attach(expert, Adapter(adapter, 2, 2), seed=0)
    assert torch.equal(noise(expert), before)
    noise(expert).square().mean().backward()
    assert all(parameter.grad.isfinite().all() for parameter in lora.trainable(expert))
    lora.detach(expert)
    with torch.no_grad():
        assert torch.equal(noise(expert), before)


def test_what_a_scheme_excludes_stays_as_it_is(expert):
    quantizing.quantize_block(expert.blocks[0], Scheme("qint8", ("ffn.*", "attn1.to_q")))
    held = {name for name, module in expert.blocks[0].named_modules() if isinstance(module, FrozenLinear)}
    assert len(held) == 7 and not any(name.startswith("ffn") or name == "attn1.to_q" for name in held)


def test_a_merge_into_quantized_weights_is_refused(expert):
    quantizing.quantize_block(expert.blocks[0], "float8")
    lora.attach(expert, Adapter("lora", 2, 2), seed=0)
    with pytest.raises(Refusal, match="wannb export"):
        expert.blocks[0].attn1.to_q.merge()
    expert.blocks[1].attn1.to_q.merge()  # PEFT's own, into a plain linear


def test_a_place_on_the_meta_device_is_quantized_without_memory():
    with torch.device("meta"):
        linear = nn.Linear(256, 128, dtype=torch.bfloat16)
    for make in KINDS.values():
        held = make(linear)
        assert held.dequantized().shape == (128, 256) and held.qweight.is_meta
    assert not Float8Linear.of(linear).on_tensor_cores
