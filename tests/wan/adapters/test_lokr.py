"""LoKr: its layers against torch.kron written out, its norm, its file."""

import pytest
import torch
from diffusers import WanTransformer3DModel
from safetensors.torch import load_file, save_file

from tests import tiny_pipeline
from wannb.refusal import Refusal
from wannb.wan.adapters import layer_names, lora, lora_file
from wannb.wan.adapters.adapter import Adapter

FULL = Adapter("lokr", 4, 2)
KINDS = {
    "full": FULL,
    "factor": Adapter("lokr", 4, 2, factor=2),
    "low rank": Adapter("lokr", 2, 6, factor=2, full_rank=False),
    "both": Adapter("lokr", 7, 6, factor=2, full_rank=False),  # too small a saving for the layers of 24 x 24
}
kinds = pytest.mark.parametrize("adapter", KINDS.values(), ids=KINDS)


def attached(adapter, seed=0, shaken=True, base=None):
    expert = tiny_pipeline.transformer("t2v").requires_grad_(False)
    if base is not None:
        expert.load_state_dict(base)
    lora.attach(expert, adapter, seed)
    if shaken:
        tiny_pipeline.shake(expert, seed)
    return expert


def base_of(expert):
    weights = expert.state_dict().items()
    return {name.replace(".base_layer", ""): tensor for name, tensor in weights if ".lokr_" not in name}


def product(state, layer, scale):
    """dW of a layer, written out."""
    if f"{layer}.lokr_w2" in state:  # whole: no scale, as LyCORIS, AI Toolkit and ComfyUI have it
        return torch.kron(state[f"{layer}.lokr_w1"], state[f"{layer}.lokr_w2"])
    second = state[f"{layer}.lokr_w2_a"] @ state[f"{layer}.lokr_w2_b"]
    return scale * torch.kron(state[f"{layer}.lokr_w1"], second)


@kinds
def test_it_starts_as_the_base_from_the_seed_alone_and_in_fp32(adapter):
    expert = tiny_pipeline.transformer("t2v").to(torch.bfloat16)
    base = tiny_pipeline.forward(expert)
    lora.attach(expert, adapter, seed=5)
    assert torch.equal(tiny_pipeline.forward(expert), base)
    assert {parameter.dtype for parameter in lora.trainable(expert)} == {torch.float32}
    state, again = lora.state(expert), lora.state(attached(adapter, 5, shaken=False))
    assert all(torch.equal(state[name], again[name]) for name in state) and lora.kind(expert) == "lokr"
    assert not torch.equal(lora.state(attached(adapter, 6, shaken=False))["blocks.0.ffn.net.2.lokr_w1"],
                           state["blocks.0.ffn.net.2.lokr_w1"])  # fmt: skip


@kinds
def test_forward_and_gradients_are_those_of_the_written_out_product(adapter):
    expert = attached(adapter)
    for layer in ("blocks.0.attn1.to_q", "blocks.1.ffn.net.0.proj", "blocks.1.ffn.net.2"):
        module, state = expert.get_submodule(layer), lora.factors(expert)
        own = [parameter for name, parameter in state.items() if name.startswith(layer)]
        x = torch.randn(2, 7, module.in_features, requires_grad=True)
        weight = module.base_layer.weight + product(state, layer, adapter.scale)
        expected = torch.nn.functional.linear(x, weight, module.base_layer.bias)
        upstream = torch.randn_like(expected)
        wanted = torch.autograd.grad(expected, [x, *own], upstream)
        got = torch.autograd.grad(module(x), [x, *own], upstream)
        torch.testing.assert_close(module(x), expected, rtol=1e-4, atol=1e-5)
        for a, b in zip(got, wanted, strict=True):
            torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-4)


@kinds
def test_the_norm_is_that_of_the_written_out_product(adapter):
    expert = attached(adapter)
    state = lora.state(expert)
    squares = [product(state, layer, adapter.scale).square().sum() for layer in lora.scales(expert)]
    assert lora.delta_norm(expert).item() == pytest.approx(sum(squares).sqrt().item(), rel=1e-5)
    with lora.strength(expert, 0.0):
        assert lora.delta_norm(expert) > 0
    assert lora.delta_norm(attached(adapter, shaken=False)) == 0


def test_a_lora_s_norm_is_that_of_the_written_out_product():
    expert = attached(Adapter("lora", 3, 5))
    state = lora.state(expert)
    squares = [
        (5 / 3 * state[f"{layer}.lora_B.weight"] @ state[f"{layer}.lora_A.weight"]).square().sum()
        for layer in lora.scales(expert)
    ]
    norm = lora.delta_norm(expert)
    assert norm.shape == () and norm.dtype == torch.float32 and not norm.requires_grad
    assert norm.item() == pytest.approx(sum(squares).sqrt().item(), rel=1e-5)


@kinds
def test_strength_and_state(adapter):
    expert = attached(adapter)
    output, state = tiny_pipeline.forward(expert), lora.state(expert)
    with lora.strength(expert, 0.0):
        base = tiny_pipeline.forward(expert)
    assert (output - base).abs().max() > 1e-2
    tiny_pipeline.shake(expert, 9)
    lora.load_state(expert, state)
    assert torch.equal(tiny_pipeline.forward(expert), output)


def comfyui_delta(tensors, module):
    """dW as ComfyUI's LoKr adapter takes it from keys without alpha: the Kronecker product, times 1."""
    second = tensors.get(f"{module}.lokr_w2")
    if second is None:
        second = tensors[f"{module}.lokr_w2_a"] @ tensors[f"{module}.lokr_w2_b"]
    return torch.kron(tensors[f"{module}.lokr_w1"], second)


@kinds
def test_its_file_is_complete_and_right_for_comfyui(tmp_path, adapter):
    expert, path = attached(adapter), tmp_path / "x.safetensors"
    state = lora.state(expert)
    lora_file.write(path, state, adapter, torch.float32, {})
    tensors = load_file(path)
    modules = {name.rpartition(".lokr_")[0] for name in tensors}
    inside = [f"{kind}_attn.{name}" for kind in ("self", "cross") for name in "qkvo"] + ["ffn.0", "ffn.2"]
    assert modules == {f"diffusion_model.blocks.{block}.{name}" for block in (0, 1) for name in inside}
    for module in modules:
        layer = layer_names.to_diffusers(module.removeprefix("diffusion_model."))
        torch.testing.assert_close(comfyui_delta(tensors, module), product(state, layer, adapter.scale))
    header = lora_file.read(path)[1]
    assert header["wannb.kind"] == "lokr" and ("wannb.rank" in header) == (not adapter.full_rank)


@kinds
def test_its_file_reads_back_into_any_expert(tmp_path, adapter):
    expert, path = attached(adapter), tmp_path / "x.safetensors"
    output = tiny_pipeline.forward(expert)
    lora_file.write(path, lora.state(expert), adapter, torch.float32, {})
    for with_one in (False, True):
        other = tiny_pipeline.transformer("t2v")
        other.load_state_dict(base_of(expert))
        if with_one:
            lora.attach(other, adapter, seed=8)
        lora_file.load(other, path)
        torch.testing.assert_close(tiny_pipeline.forward(other), output, rtol=1e-4, atol=1e-5)
    other = attached(Adapter("lora", 4, 4))
    with pytest.raises(Refusal, match="not for this expert"):
        lora_file.load(other, path)


def test_a_foreign_low_rank_alpha_is_folded_in_and_one_beside_whole_factors_is_not(tmp_path):
    key, path = "diffusion_model.blocks.0.ffn.0", tmp_path / "x.safetensors"
    parts = {f"{key}.lokr_w1": torch.ones(2, 2), f"{key}.alpha": torch.tensor(6.0)}
    low = {f"{key}.lokr_w2_a": torch.ones(3, 2), f"{key}.lokr_w2_b": torch.ones(2, 3)}
    for more, expected in ((low, 3.0), ({f"{key}.lokr_w2": torch.ones(3, 3)}, 1.0)):
        save_file(parts | more, path)
        assert lora_file.read(path)[0]["blocks.0.ffn.net.0.proj.lokr_w1"].unique().tolist() == [expected]


def test_the_14b_s_factors_have_the_usual_shapes():
    with torch.device("meta"):
        expert = WanTransformer3DModel(num_layers=1).to(torch.bfloat16)
    lora.attach(expert, FULL, seed=0)
    shapes = {name: tuple(parameter.shape) for name, parameter in lora.factors(expert).items()}
    assert len(shapes) == 20 and shapes["blocks.0.attn1.to_q.lokr_w1"] == (64, 64)
    assert shapes["blocks.0.attn1.to_q.lokr_w2"] == (80, 80)
    assert shapes["blocks.0.ffn.net.0.proj.lokr_w1"] == (108, 64)
