"""Folders and names: what is found, what is missing, what it is for."""

import json
import shutil

import pytest
import torch

from tests import tiny_pipeline
from wannb.refusal import Refusal
from wannb.wan.loading import tiny, weights


def copy_of(folder, target):
    return shutil.copytree(folder, target / "model")


@pytest.mark.parametrize(("task", "boundary", "shift"), [("t2v", 0.875, 12.0), ("i2v", 0.9, 5.0)])
def test_facts_of_a_folder(folders, task, boundary, shift):
    facts = weights.facts(weights.resolve(str(folders[task])), task)
    assert (facts.task, facts.boundary, facts.shift) == (task, boundary, shift)
    assert (facts.layers, facts.heads, facts.head_dim, facts.text_dim, facts.text_tokens) == (2, 2, 12, 32, 512)


def test_boundary_and_shift_come_from_the_folder_where_it_has_them(folders, tmp_path):
    folder = copy_of(folders["t2v"], tmp_path)
    index = json.loads((folder / "model_index.json").read_text())
    (folder / "model_index.json").write_text(json.dumps(index | {"boundary_ratio": 0.8, "wannb": {"shift": 3.5}}))
    assert (weights.facts(folder).boundary, weights.facts(folder).shift) == (0.8, 3.5)
    (folder / "model_index.json").write_text(json.dumps(index | {"boundary_ratio": None}))
    assert weights.facts(folder).boundary == 0.875


def test_a_job_on_the_other_tasks_model_is_refused(folders):
    with pytest.raises(Refusal, match=r"text-to-video .* job trains image-to-video"):
        weights.facts(folders["t2v"], "i2v")


@pytest.mark.parametrize("component", ["transformer", "transformer_2", "vae", "text_encoder", "tokenizer", "scheduler"])
def test_a_missing_component_is_named(folders, tmp_path, component):
    folder = copy_of(folders["t2v"], tmp_path)
    shutil.rmtree(folder / component)
    with pytest.raises(Refusal, match=f"lacks {component}/"):
        weights.resolve(folder)


def test_pickled_weights_are_not_read(folders, tmp_path):
    folder = copy_of(folders["t2v"], tmp_path)
    for path in (folder / "vae").glob("*.safetensors"):
        path.rename(path.with_suffix(".bin"))
    with pytest.raises(Refusal, match="no .safetensors"):
        weights.resolve(folder)


def test_damaged_weights_are_refused(folders, tmp_path):
    folder = copy_of(folders["t2v"], tmp_path)
    path = next((folder / "transformer").glob("*.safetensors"))
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(Refusal, match="transformer/.*safetensors is empty or cut off"):
        weights.load_expert(folder, "high", torch.float32, "cpu")


@pytest.mark.parametrize(
    "change", [{"_class_name": "FluxTransformer2DModel"}, {"image_dim": 1280}, {"in_channels": 48}]
)
def test_other_architectures_are_refused(folders, tmp_path, change):
    folder = copy_of(folders["i2v"], tmp_path)
    config = json.loads((folder / "transformer" / "config.json").read_text())
    (folder / "transformer" / "config.json").write_text(json.dumps(config | change))
    with pytest.raises(Refusal, match="wan22_14b_i2v"):
        weights.facts(folder)


@pytest.mark.parametrize("name", ["", "./nowhere", "/nowhere/at/all", "two words/model", "word"])
def test_what_is_neither_folder_nor_hub_id_is_refused(name):
    with pytest.raises(Refusal, match="name_or_path"):
        weights.resolve(name)


@pytest.mark.parametrize("name", ["Wan-AI/Wan2.2-T2V-A14B-Diffusers", "ai-toolkit/Wan2.2-I2V-A14B-Diffusers-bf16@main"])
def test_hub_ids_stay_and_fetch_nothing(name):
    assert weights.resolve(name) == name


def test_a_hub_that_cannot_be_reached_is_a_sentence(monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(Refusal, match="model_index.json of nobody/nothing@v1 cannot be fetched"):
        weights.facts("nobody/nothing@v1")


def test_experts_are_frozen_and_keep_fp32_where_diffusers_does(folders):
    expert = weights.load_expert(folders["t2v"], "high", torch.bfloat16, "cpu")
    kinds = {name: parameter.dtype for name, parameter in expert.named_parameters()}
    assert not any(parameter.requires_grad for parameter in expert.parameters()) and not expert.training
    assert kinds["blocks.0.attn1.to_q.weight"] == torch.bfloat16
    assert kinds["scale_shift_table"] == kinds["blocks.0.norm2.weight"] == torch.float32


def test_high_and_low_are_the_two_folders(folders):
    high, low = (weights.load_expert(folders["t2v"], expert, torch.float32, "cpu") for expert in ("high", "low"))
    assert not torch.equal(high.patch_embedding.weight, low.patch_embedding.weight)


def test_fingerprints_follow_the_weights(folders, tmp_path):
    same, other = copy_of(folders["t2v"], tmp_path), tiny_pipeline.write(tmp_path / "other", "t2v", seed=1)
    for component in ("vae", "text_encoder"):
        first = weights.fingerprint(folders["t2v"], component)
        assert first == weights.fingerprint(same, component) != weights.fingerprint(other, component)


def test_the_tiny_t2v_pair_is_the_i2v_pair_with_zero_condition(folders, tmp_path):
    cut = tmp_path / "cut"
    tiny.cut_t2v(folders["i2v"], cut)
    assert weights.facts(weights.resolve(cut), "t2v").boundary == 0.875
    for expert in ("high", "low"):
        wide, narrow = (weights.load_expert(f, expert, torch.float32, "cpu") for f in (folders["i2v"], cut))
        noisy, embeds = torch.randn(1, 16, 3, 4, 4), torch.randn(1, 512, 32)
        zeros, when = torch.zeros(1, 20, 3, 4, 4), torch.tensor([700.0])
        with torch.no_grad():
            full = wide(torch.cat([noisy, zeros], dim=1), when, embeds).sample
            torch.testing.assert_close(narrow(noisy, when, embeds).sample, full, rtol=1e-4, atol=1e-5)


def test_the_tiny_t2v_folder_is_made_once_in_the_users_cache(folders, tmp_path, monkeypatch):
    monkeypatch.setattr(tiny, "SHIPPED", folders["i2v"])
    monkeypatch.setenv("WANNB_CACHE", str(tmp_path / "cache"))
    first = weights.resolve("wannb/tiny-wan2.2-t2v")
    assert first == weights.resolve("wannb/tiny-wan2.2-t2v") and first.is_relative_to(tmp_path / "cache")
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [first.name]
    assert weights.resolve("wannb/tiny-wan2.2-i2v") == folders["i2v"]
