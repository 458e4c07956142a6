"""A merged model does what the base does with the live pair; names, precisions and shards stay as they were."""

import json
import shutil

import pytest
import torch
from diffusers import WanPipeline, WanTransformer3DModel
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from tests import tiny_pipeline
from tests.export.test_pair_export import LOKR, make_run
from wannb.export import merged_check, merged_weights
from wannb.export.merge import merge
from wannb.refusal import Refusal
from wannb.wan.adapters import lora, lora_file
from wannb.wan.adapters.key_names import diffusers_module, original_key
from wannb.wan.loading import weights


@pytest.fixture(scope="module")
def run(folders, tmp_path_factory):
    return make_run(tmp_path_factory.mktemp("merged"), folders["t2v"], "t2v")


def tensors(folder):
    return {name: tensor for path in folder.glob("*.safetensors") for name, tensor in load_file(path).items()}


@pytest.mark.parametrize("strength", [1.0, 0.5])
def test_each_expert_is_its_base_with_the_live_lora(run, folders, tmp_path, strength):
    done = merge(run, tmp_path / "new", strength=strength)
    pipe = WanPipeline.from_pretrained(done.folder)
    for expert, theirs in (("high", pipe.transformer), ("low", pipe.transformer_2)):
        live = weights.load_expert(folders["t2v"], expert, torch.float32, "cpu")
        base = tiny_pipeline.forward(live)
        lora_file.load(live, run / "checkpoints" / f"{run.name}_{expert}_noise.safetensors")
        lora.set_strength(live, strength)
        expected = tiny_pipeline.forward(live)
        torch.testing.assert_close(tiny_pipeline.forward(theirs), expected, rtol=1e-4, atol=1e-5)
        assert (expected - base).abs().max() > 1e-3
    assert set(done.differences) == {"high", "low"} and max(done.differences.values()) <= done.allowed
    assert min(done.effects.values()) > 10 * done.allowed
    assert done.layers == {"high": 20, "low": 20} and max(done.farthest.values()) <= 1


def test_precisions_and_shards_stay_and_rounding_happens_once(folders, tmp_path):
    base = tmp_path / "base"
    shutil.copytree(folders["t2v"], base)
    expert = WanTransformer3DModel.from_pretrained(base / "transformer", torch_dtype=torch.bfloat16)
    shutil.rmtree(base / "transformer")
    expert.save_pretrained(base / "transformer", max_shard_size="40KB")
    run = make_run(tmp_path, base, "t2v", stages=("high",))
    done = merge(run, tmp_path / "new")
    old, new = base / "transformer", done.folder / "transformer"
    shards = sorted(path.name for path in old.glob("*.safetensors"))
    assert len(shards) > 1 and shards == sorted(path.name for path in new.glob("*.safetensors"))
    before, after = tensors(old), tensors(new)
    state, _ = lora_file.read(run / "checkpoints" / f"{run.name}_high_noise.safetensors")
    for name, tensor in before.items():
        layer = name.removesuffix(".weight")
        if f"{layer}.lora_A.weight" in state:
            added = state[f"{layer}.lora_B.weight"].double() @ state[f"{layer}.lora_A.weight"].double()
            exact = tensor.double() + added
            assert after[name].dtype == tensor.dtype
            assert ((after[name].double() - exact).abs() <= exact.abs() * 2**-8 + 1e-6).all()
        else:
            assert torch.equal(after[name], tensor)
    same = (tensors(base / "transformer_2"), tensors(done.folder / "transformer_2"))
    assert all(torch.equal(same[0][name], same[1][name]) for name in same[0])


def test_comfyui_gets_the_original_names(run, tmp_path):
    done = merge(run, tmp_path / "new", to="comfyui")
    names = sorted(path.name for path in done.folder.iterdir())
    assert names == [f"{run.name}_{expert}_noise_14B.safetensors" for expert in ("high", "low")]
    back = WanTransformer3DModel.from_single_file(
        str(done.folder / names[0]), config=str(folder_of(run)), subfolder="transformer"
    )
    whole = merge(run, tmp_path / "whole")
    expected = tensors(whole.folder / "transformer")
    assert back.state_dict().keys() == expected.keys()
    assert all(torch.equal(back.state_dict()[name], expected[name]) for name in expected)


def folder_of(run):
    from wannb.job import Job

    return Job.load(run / "config.yaml").model.name_or_path


def test_the_names_are_a_bijection_on_the_14b():
    with torch.device("meta"):
        keys = list(WanTransformer3DModel(in_channels=36).state_dict())
    renamed = {original_key(key) for key in keys}
    assert len(keys) == len(renamed) == 1095
    assert {"blocks.0.norm3.weight", "blocks.39.modulation", "head.modulation", "blocks.7.ffn.0.bias"} <= renamed
    modules = [key.rpartition(".")[0] for key in keys if key.endswith(".weight")]
    assert [diffusers_module(original_key(f"{one}.weight").removesuffix(".weight")) for one in modules] == modules


def test_a_merge_that_went_wrong_is_refused(run, tmp_path, monkeypatch):
    monkeypatch.setitem(merged_check.ROUNDING, torch.float32, 0.0)
    with pytest.raises(Refusal, match="more than rounding"):
        merge(run, tmp_path / "new")


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_one_layer_that_is_missing_or_off_is_named(dtype, tmp_path):
    """Of twenty layers with a small LoRA; with bf16 the outputs alone would not tell."""
    generator, names = torch.Generator().manual_seed(0), [f"blocks.{i}.ffn.net.2.weight" for i in range(20)]
    draw = lambda *shape: torch.randn(*shape, generator=generator)  # noqa: E731
    base = {name: (0.03 * draw(48, 32)).to(dtype) for name in names} | {"proj_out.bias": draw(8).to(dtype)}
    changes = {name: (0.02 * draw(4, 32), 0.02 * draw(48, 4)) for name in names}
    exact = {name: base[name].double() + (up.double() @ down.double()) for name, (down, up) in changes.items()}
    good = base | {name: one.to(dtype) for name, one in exact.items()}
    for folder, tensors in (("base", base), ("new", good)):
        (tmp_path / folder).mkdir()
        save_file(tensors, tmp_path / folder / "a.safetensors")
    assert 0.1 < merged_weights.farthest(tmp_path / "base", tmp_path / "new", changes) <= 1
    half = (base[names[7]].double() + 0.5 * (exact[names[7]] - base[names[7]].double())).to(dtype)
    for wrong in ({names[7]: base[names[7]]}, {names[7]: half}, {"proj_out.bias": 2 * base["proj_out.bias"]}):
        save_file(good | wrong, tmp_path / "new" / "a.safetensors")
        with pytest.raises(Refusal, match=f"holds {min(wrong)} with other numbers than the base's"):
            merged_weights.farthest(tmp_path / "base", tmp_path / "new", changes)
    save_file({name: one for name, one in good.items() if name != names[3]}, tmp_path / "new" / "a.safetensors")
    with pytest.raises(Refusal, match=f"lacks {names[3]}"):
        merged_weights.farthest(tmp_path / "base", tmp_path / "new", changes)


def test_what_cannot_be_merged_is_refused(run, folders, tmp_path):
    full = tmp_path / "full"
    full.mkdir()
    (full / "a").touch()
    with pytest.raises(Refusal, match="has something in it"):
        merge(run, full)
    (tmp_path / "lokr").mkdir()
    with pytest.raises(Refusal, match="is a LoKr"):
        merge(make_run(tmp_path / "lokr", folders["t2v"], "t2v", network=LOKR), tmp_path / "new")
    base = tmp_path / "base"
    shutil.copytree(folders["t2v"], base)
    shard = next((base / "transformer").glob("*.safetensors"))
    with safe_open(shard, "pt") as file:
        loaded = {name: file.get_tensor(name) for name in file.keys()}
    name = "blocks.0.attn1.to_q.weight"
    save_file(loaded | {name: loaded[name].to(torch.float8_e4m3fn)}, shard, metadata={"format": "pt"})
    (tmp_path / "eight").mkdir()
    with pytest.raises(Refusal, match="only unquantized weights"):
        merge(make_run(tmp_path / "eight", base, "t2v"), tmp_path / "new")
    config = run / "config.yaml"
    (tmp_path / "hub" / "checkpoints").mkdir(parents=True)
    (tmp_path / "hub" / "config.yaml").write_text(config.read_text().replace(str(folders["t2v"]), "org/model"))
    with pytest.raises(Refusal, match="folder on this disk"):
        merge(tmp_path / "hub", tmp_path / "new")
    assert json.loads((base / "model_index.json").read_text())
