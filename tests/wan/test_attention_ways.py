"""The fastest way that has a backward pass is taken, for each expert and length by itself."""

import sys
import time
from types import SimpleNamespace

import pytest
import torch

from wannb.wan import attention, attention_ways
from wannb.wan.attention_ways import cudnn, efficient, flash, plain
from wannb.wan.loading import random_weights

SETTINGS = {
    "patch_size": (1, 2, 2), "num_attention_heads": 2, "attention_head_dim": 16, "in_channels": 16,
    "out_channels": 16, "text_dim": 32, "freq_dim": 32, "ffn_dim": 32, "num_layers": 2, "cross_attn_norm": True,
    "rope_max_seq_len": 32,
}  # fmt: skip


@pytest.fixture(autouse=True)
def forgotten():
    attention_ways.fastest.cache_clear()
    yield
    attention_ways.fastest.cache_clear()
    attention_ways._unusable.clear()


def slow(query, key, value):
    time.sleep(0.05)
    return plain(query, key, value)


def forward_only(query, key, value):
    return plain(query.detach(), key, value).detach()


def lacking(query, key, value):
    raise RuntimeError("No available kernel.")


def test_the_fastest_with_a_backward_pass_is_taken(monkeypatch):
    found = {"slow": slow, "forward only": forward_only, "lacking": lacking, "plain": plain}
    monkeypatch.setattr(attention_ways, "ways", lambda _device: found)
    with torch.no_grad():  # where previews ask
        assert attention_ways.fastest(4, 2, 8, torch.float32, torch.device("cpu")) is plain


def test_a_way_that_cannot_be_taken_says_why():
    given = [torch.randn(1, 4, 2, 8) for _ in range(4)]
    assert attention_ways.refused(lacking, given) == "RuntimeError: No available kernel."
    assert "grad" in attention_ways.refused(forward_only, given) and not attention_ways.refused(plain, given)


def test_what_somebody_installed_in_vain_is_told(monkeypatch):
    found = {"plain": plain, "efficient": lacking, "flash_four": lacking}
    monkeypatch.setattr(attention_ways, "ways", lambda _device: found)
    assert attention_ways.fastest(4, 2, 8, torch.float32, torch.device("cpu")) is plain
    assert attention_ways.unusable() == {"FlashAttention 4": "RuntimeError: No available kernel."}


def test_a_package_that_is_broken_is_told_and_one_that_is_not_there_is_not(monkeypatch, tmp_path):
    (tmp_path / "flash_attn.py").write_text("raise ImportError('undefined symbol: c10')")
    monkeypatch.syspath_prepend(tmp_path)
    assert set(attention_ways.ways("cuda")) >= {"plain", "cudnn"}
    assert attention_ways.unusable() == {"FlashAttention 2": "ImportError: undefined symbol: c10"}


def test_the_fourth_alone_is_no_broken_second(monkeypatch, tmp_path):
    (tmp_path / "flash_attn" / "cute").mkdir(parents=True)
    (tmp_path / "flash_attn" / "cute" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "flash_attn", raising=False)
    assert "flash_four" in attention_ways.ways("cuda")
    assert not attention_ways.unusable()


@pytest.mark.parametrize("way", [cudnn, flash, efficient])
def test_each_way_is_the_same_attention(way):
    query, key, value = torch.randn(3, 2, 10, 4, 16).unbind()
    try:
        mixed = way(query, key, value)
    except RuntimeError as error:  # none of torch's own for this processor
        assert "backend" in str(error) or "kernel" in str(error)
    else:
        torch.testing.assert_close(mixed, plain(query, key, value), rtol=1e-4, atol=1e-6)


def test_a_package_counts_where_its_operator_is_registered(monkeypatch):
    monkeypatch.setitem(sys.modules, "flash_attn", SimpleNamespace(flash_attn_func=plain))
    assert "flash_attn" not in attention_ways.ways("cuda") and not attention_ways.registered()
    with torch.library._scoped_library("flash_attn", "DEF") as library:
        library.define("_flash_attn_forward(Tensor q) -> Tensor")
        assert attention_ways.ways("cuda")["flash_attn"](*torch.zeros(3, 1, 4, 2, 8).unbind()).shape == (1, 4, 2, 8)
        assert attention_ways.registered() == {torch.ops.flash_attn._flash_attn_forward.default}
    assert set(attention_ways.ways("cpu")) == {"plain"}


def test_each_expert_and_length_has_its_way(monkeypatch):
    def chosen(length_class, *_):
        return {4: plain, 5: slow}[length_class]

    monkeypatch.setattr(attention, "fastest", chosen)
    experts = []
    for _ in range(2):
        model = random_weights.blank_expert(SETTINGS, torch.float32)
        model.to_empty(device="cpu")
        attention.install(model)
        experts.append(model)
    for model, height in zip(experts, (8, 16), strict=True):
        sample = torch.zeros(1, 16, 1, height, 8)
        model(hidden_states=sample, timestep=torch.zeros(1), encoder_hidden_states=torch.zeros(1, 4, 32))
    assert [{block.attn1.processor.way for block in model.blocks} for model in experts] == [{plain}, {slow}]
