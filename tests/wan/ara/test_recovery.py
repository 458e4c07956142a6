"""Accuracy recovery adapters: a file for both experts, frozen beside each 4-bit linear, refused where it is wrong."""

import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file

from wannb.refusal import Refusal
from wannb.wan.adapters import lora
from wannb.wan.adapters.adapter import Adapter
from wannb.wan.adapters.lora_spellings import Pair
from wannb.wan.ara import recovery
from wannb.wan.ara.recovery import RecoveredLinear
from wannb.wan.loading import tiny, weights
from wannb.wan.quantized import quantizing
from wannb.wan.quantized.frozen_linear import FrozenLinear


@pytest.fixture(scope="module")
def folder():
    return tiny.folder("t2v")


@pytest.fixture(scope="module")
def facts(folder):
    return weights.facts(folder)


def drawn(facts, seed):
    numbers = torch.Generator().manual_seed(seed)
    return {
        layer: Pair(torch.randn(4, columns, generator=numbers) / columns, torch.randn(rows, 4, generator=numbers))
        for layer, (rows, columns) in recovery.shapes(facts).items()
    }


@pytest.fixture(scope="module")
def file(tmp_path_factory, facts):
    path = tmp_path_factory.mktemp("adapter") / "both.safetensors"
    recovery.write(path, {"high": drawn(facts, 1), "low": drawn(facts, 2)}, torch.float32, {})
    return path


def test_what_was_written_is_read_for_each_expert_under_ai_toolkits_keys(file, facts):
    for number, expert in enumerate(("high", "low"), 1):
        pairs, expected = recovery.read(file, expert, facts), drawn(facts, number)
        assert pairs.keys() == expected.keys() and len(pairs) == 10 * facts.layers
        assert all(torch.equal(a, b) for name in pairs for a, b in zip(pairs[name], expected[name], strict=True))
    keys = load_file(file).keys()
    assert "diffusion_model.transformer_1.blocks.0.self_attn.q.lora_A.weight" in keys
    assert "diffusion_model.transformer_2.blocks.5.ffn.2.lora_B.weight" in keys and len(keys) == 40 * facts.layers


@pytest.mark.parametrize(
    "respelled",
    [
        lambda key: key.replace("diffusion_model.", "").replace("self_attn.q.", "attn1.to_q."),
        lambda key: key.replace("lora_A", "lora_down").replace("lora_B", "lora_up"),
    ],
)
def test_other_spellings_of_it_are_read_alike(file, facts, tmp_path, respelled):
    path = tmp_path / "respelled.safetensors"
    save_file({respelled(key): tensor for key, tensor in load_file(file).items()}, path)
    pairs = recovery.read(path, "low", facts)
    assert torch.equal(pairs["blocks.1.attn1.to_q"].down, drawn(facts, 2)["blocks.1.attn1.to_q"].down)


def test_it_is_added_to_the_quantized_linear_frozen_and_in_no_lora_file(folder, file, facts):
    expert = weights.load_expert(folder, "high", torch.float32, "cpu", "uint4")
    pairs = recovery.read(file, "high", facts)
    linear = expert.blocks[2].ffn.net[2]
    held = linear.dequantized()
    recovery.attach(expert, pairs)
    beside = expert.blocks[2].ffn.net[2]
    assert isinstance(beside, RecoveredLinear) and beside.linear is linear
    down, up = pairs["blocks.2.ffn.net.2"]
    x = torch.randn(3, facts.ffn_dim, requires_grad=True)
    torch.testing.assert_close(beside(x), F.linear(x, held + up @ down, linear.bias), rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(beside.dequantized(), held + up @ down)
    (gradient,) = torch.autograd.grad(beside(x).sum(), x)
    torch.testing.assert_close(gradient, (held + up @ down).sum(0).expand(3, -1), rtol=1e-4, atol=1e-4)
    lora.attach(expert, Adapter("lora", 2, 2), seed=0)
    trained = {name for name, one in expert.named_parameters() if one.requires_grad}
    assert len(trained) == 20 * facts.layers and not any(".down" in name or ".up" in name for name in trained)
    assert lora.state(expert)["blocks.2.ffn.net.2.lora_A.weight"].shape == (2, facts.ffn_dim)
    assert len(lora.state(expert)) == 20 * facts.layers
    lora.detach(expert)
    assert isinstance(expert.blocks[2].ffn.net[2], RecoveredLinear)


def test_a_kind_of_linear_that_the_file_has_nowhere_stays_in_full_precision(folder, file, facts, tmp_path):
    path = tmp_path / "attention.safetensors"
    save_file({key: tensor for key, tensor in load_file(file).items() if ".ffn." not in key}, path)
    pairs = recovery.read(path, "high", facts)
    assert recovery.unrecovered(pairs) == ("ffn.net.0.proj", "ffn.net.2")
    scheme = quantizing.Scheme("uint4", recovery.unrecovered(pairs))
    expert = weights.load_expert(folder, "high", torch.float32, "cpu", scheme)
    recovery.attach(expert, pairs)
    assert not isinstance(expert.blocks[0].ffn.net[2], FrozenLinear)
    assert isinstance(expert.blocks[0].attn2.to_out[0], RecoveredLinear)


def cut(change):
    def write(tensors, path):
        save_file({key: one.clone() for key, one in change(dict(tensors)).items()}, path)

    return write


def without(word):
    return cut(lambda tensors: {key: one for key, one in tensors.items() if word not in key})


def wider(tensors):
    return {key: torch.cat((one, one), 1) if "lora_A" in key else one for key, one in tensors.items()}


WRONG = {
    "for both experts": without("transformer_1."),
    "lacks blocks.3.attn2.to_v": without("transformer_1.blocks.3.cross_attn.v."),
    "only half of the pair": without("transformer_1.blocks.3.cross_attn.v.lora_B"),
    "has blocks.9": cut(lambda t: t | {k.replace("blocks.0", "blocks.9"): v for k, v in t.items()}),
    "is for another model": cut(wider),
    "LoKr weights": cut(lambda t: t | {"diffusion_model.transformer_1.blocks.0.self_attn.q.lokr_w1": torch.ones(2)}),
    "cannot be read": lambda tensors, path: path.write_bytes(b"no adapter"),
}


@pytest.mark.parametrize("said", WRONG)
def test_a_wrong_file_is_refused_with_a_sentence(said, file, facts, tmp_path):
    path = tmp_path / "wrong.safetensors"
    WRONG[said](load_file(file), path)
    with pytest.raises(Refusal, match=said):
        recovery.read(path, "high", facts)


def test_a_name_that_is_no_file_and_not_on_the_hub_is_refused(monkeypatch):
    for name in ("./nowhere.safetensors", "one/two"):
        with pytest.raises(Refusal, match="is no file here"):
            recovery.fetch(name)
    asked = []

    def unreachable(*given):
        asked.append(given)
        raise ConnectionError("no network")

    monkeypatch.setattr("huggingface_hub.hf_hub_download", unreachable)
    with pytest.raises(Refusal, match="ConnectionError"):
        recovery.fetch("user/adapters/sub/file.safetensors")
    assert asked == [("user/adapters", "sub/file.safetensors")]
