"""A LoRA begins as an existing one: every spelling gives its own dW, padding is exact, cutting is the best there is."""

import json

import pytest
import torch
from diffusers import WanPipeline
from peft import LoraConfig
from safetensors.torch import save_file

from tests import tiny_pipeline
from wannb.refusal import Refusal
from wannb.wan.adapters import layer_names, lora, warm_start
from wannb.wan.adapters.adapter import Adapter, Layers
from wannb.wan.adapters.lora_spellings import Pair

ALPHA, RANK = 5.0, 3


def attached(rank=RANK, alpha=2.0, layers=None):
    expert = tiny_pipeline.transformer("t2v").requires_grad_(False)
    lora.attach(expert, Adapter("lora", rank, alpha, layers=layers or Layers()), seed=4)
    return expert


def pairs(rank=RANK, seed=0):
    """Layer -> random factors that fit the tiny expert."""
    generator = torch.Generator().manual_seed(seed)
    modules = dict(tiny_pipeline.transformer("t2v").named_modules())
    shapes = {name: modules[name].weight.shape for name in Layers()(tiny_pipeline.transformer("t2v"))}
    return {
        name: Pair(torch.randn(rank, i, generator=generator), torch.randn(o, rank, generator=generator))
        for name, (o, i) in shapes.items()
    }


def deltas(expert):
    state = lora.state(expert)
    return {
        layer: scale * state[f"{layer}.lora_B.weight"] @ state[f"{layer}.lora_A.weight"]
        for layer, scale in lora.scales(expert).items()
    }


def spelled(name, down=".lora_A.weight", up=".lora_B.weight", alpha=None, weights=None):
    """The tensors of a file whose modules are called name(diffusers' layer)."""
    tensors = {}
    for layer, pair in (weights or pairs()).items():
        tensors |= {name(layer) + down: pair.down, name(layer) + up: pair.up}
        tensors |= {name(layer) + ".alpha": torch.tensor(alpha)} if alpha else {}
    return tensors


def original(layer):
    return layer_names.to_original(layer)


def flat(layer):
    return original(layer).replace(".", "_")


CONFIG = {  # a LoraConfig as diffusers keeps it in the header
    "transformer.r": RANK,
    "transformer.lora_alpha": ALPHA,
    "transformer.target_modules": ["to_q", "to_k", "to_v", "to_out.0", "ffn.net.0.proj", "ffn.net.2"],
}
KOHYA = {"down": ".lora_down.weight", "up": ".lora_up.weight"}
SPELLINGS = {  # -> tensors, header, scale (formats.md 2.2 and 2.3)
    "A": (spelled(lambda n: "diffusion_model." + original(n)), {}, 1),
    "A with alpha": (spelled(lambda n: "diffusion_model." + original(n), alpha=ALPHA), {}, ALPHA / RANK),
    "A'": (spelled(lambda n: "diffusion_model." + original(n), **KOHYA, alpha=ALPHA), {}, ALPHA / RANK),
    "B": (spelled(lambda n: "lora_unet_" + flat(n), **KOHYA, alpha=1.0), {}, 1 / RANK),
    "E": (spelled(lambda n: "lora_unet__" + flat(n), **KOHYA, alpha=ALPHA), {}, ALPHA / RANK),
    "C without header": (spelled(lambda n: "transformer." + n), {}, 1),
    "C": (
        spelled(lambda n: "transformer." + n),
        CONFIG | {"transformer.alpha_pattern": {"attn1.to_q": 7}},
        ALPHA / RANK,
    ),
    "C with rsLoRA": (
        spelled(lambda n: "transformer." + n),
        CONFIG | {"transformer.use_rslora": True},
        ALPHA / RANK**0.5,
    ),
    "D": (spelled(lambda n: n), {"r": RANK, "lora_alpha": ALPHA}, ALPHA / RANK),
    "DiffSynth": (spelled(original, down=".lora_A.default.weight", up=".lora_B.default.weight"), {}, 1),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_each_spelling_gives_the_dw_that_its_loaders_give(tmp_path, spelling):
    tensors, facts, scale = SPELLINGS[spelling]
    header = {"lora_adapter_metadata": json.dumps(facts)} if facts else None
    save_file(tensors, tmp_path / "x.safetensors", metadata=header)
    expert = attached()
    told = warm_start.start(expert, tmp_path / "x.safetensors", "high")
    patterns = facts.get("transformer.alpha_pattern", {})
    for layer, delta in deltas(expert).items():
        own = next((alpha / RANK for key, alpha in patterns.items() if layer.endswith(key)), scale)
        pair = pairs()[layer]
        torch.testing.assert_close(delta, own * pair.up @ pair.down, rtol=1e-5, atol=1e-5)
    assert len(told.loaded) == 20 and not told.missing and not told.unused and told.ranks == (RANK,)


@pytest.mark.parametrize("spelling", ["A with alpha", "A'", "B", "C", "C with rsLoRA"])
def test_diffusers_loads_the_same_dw_from_the_same_file(tmp_path, folders, spelling):
    tensors, facts, _ = SPELLINGS[spelling]
    header = {"lora_adapter_metadata": json.dumps(facts)} if facts else {}
    save_file(tensors, tmp_path / "x.safetensors", metadata={"format": "pt"} | header)
    pipeline = WanPipeline.from_pretrained(folders["t2v"])
    base = {name: tensor.clone() for name, tensor in pipeline.transformer.state_dict().items()}
    pipeline.load_lora_weights(str(tmp_path / "x.safetensors"))
    expert = tiny_pipeline.transformer("t2v")
    expert.load_state_dict(base)
    lora.attach(expert, Adapter("lora", 4, 2), seed=0)
    warm_start.start(expert, tmp_path / "x.safetensors", "low")
    torch.testing.assert_close(tiny_pipeline.forward(expert), tiny_pipeline.forward(pipeline.transformer))


def test_what_diffusers_saves_is_read_with_its_alpha(tmp_path):
    saved = tiny_pipeline.transformer("t2v")
    saved.add_adapter(LoraConfig(r=4, lora_alpha=10, target_modules=["to_q", "ffn.net.2"], init_lora_weights=False))
    saved.save_lora_adapter(tmp_path / "d", weight_name="d.safetensors")
    expert = attached(rank=4)
    told = warm_start.start(expert, tmp_path / "d", "high")
    assert len(told.loaded) == 6 and len(told.missing) == 14
    layer = saved.get_submodule("blocks.1.ffn.net.2")
    torch.testing.assert_close(deltas(expert)["blocks.1.ffn.net.2"], layer.get_delta_weight("default").detach())
    assert not deltas(expert)["blocks.0.attn1.to_k"].any()


@pytest.mark.parametrize(
    "prefixes",
    [("transformer.", "transformer_2."), ("diffusion_model.transformer_1.", "diffusion_model.transformer_2.")],
)
def test_of_a_combined_file_each_expert_gets_its_half(tmp_path, prefixes):
    high, low = pairs(seed=1), pairs(seed=2)
    words = str if prefixes[0] == "transformer." else original
    tensors = spelled(lambda n: prefixes[0] + words(n), weights=high)
    tensors |= spelled(lambda n: prefixes[1] + words(n), weights=low)
    save_file(tensors, tmp_path / "both.safetensors")
    for expert, weights in (("high", high), ("low", low)):
        model = attached()
        assert not warm_start.start(model, tmp_path / "both.safetensors", expert).unused
        pair = weights["blocks.1.ffn.net.2"]
        torch.testing.assert_close(deltas(model)["blocks.1.ffn.net.2"], pair.up @ pair.down)


def test_padding_changes_no_dw_and_leaves_the_new_rows_fresh(tmp_path):
    save_file(SPELLINGS["A"][0], tmp_path / "x.safetensors")
    expert, fresh = attached(rank=8, alpha=4), lora.state(attached(rank=8, alpha=4))
    told = warm_start.start(expert, tmp_path / "x.safetensors", "high")
    state = lora.state(expert)
    for layer, pair in pairs().items():
        down, up = state[f"{layer}.lora_A.weight"], state[f"{layer}.lora_B.weight"]
        assert torch.equal(0.5 * up[:, :RANK] @ down[:RANK], pair.up @ pair.down) and not up[:, RANK:].any()
        assert torch.equal(down[RANK:], fresh[f"{layer}.lora_A.weight"][RANK:])
    assert "its rank 3 padded to 8" in str(told) and told.kept == 1


@pytest.mark.parametrize("file_rank", [7, 40])  # 40 is more than the layers' smaller side
def test_cutting_is_the_best_approximation(tmp_path, file_rank):
    weights = pairs(file_rank)
    save_file(spelled(lambda n: "diffusion_model." + original(n), weights=weights), tmp_path / "x.safetensors")
    expert, kept = attached(rank=4, alpha=6), []
    told = warm_start.start(expert, tmp_path / "x.safetensors", "high")
    for layer, delta in deltas(expert).items():
        left, values, right = torch.linalg.svd(weights[layer].up @ weights[layer].down, full_matrices=False)
        torch.testing.assert_close(delta, left[:, :4] * values[:4] @ right[:4], rtol=1e-4, atol=1e-3)
        kept.append((values[:4].square().sum() / values.square().sum()).item())
    assert told.kept == pytest.approx(min(kept), rel=1e-4)
    assert f"cut from rank {file_rank} to 4" in str(told)


def test_layers_on_one_side_only_are_told(tmp_path):
    weights = {name: pair for name, pair in pairs().items() if "attn2" not in name}
    tensors = spelled(lambda n: "diffusion_model." + original(n), weights=weights)
    tensors["diffusion_model.head.head.lora_A.weight"] = torch.zeros(3, 24)
    save_file(tensors, tmp_path / "x.safetensors")
    expert = attached(layers=Layers("high", ignore=("ffn",)))
    told = warm_start.start(expert, tmp_path / "x.safetensors", "high")
    assert len(told.loaded) == 8 and all("attn1" in name for name in told.loaded)
    assert len(told.missing) == 8 and all("attn2" in name for name in told.missing)
    assert {name.removeprefix("blocks.0.").removeprefix("blocks.1.") for name in told.unused} == {
        "ffn.net.0.proj", "ffn.net.2", "head.head"
    }  # fmt: skip
    assert not deltas(expert)["blocks.0.attn2.to_q"].any() and "8 layers are not in it" in str(told)


KEY = "diffusion_model.blocks.0.ffn.0"
HALF = {f"{KEY}.lora_A.weight": torch.zeros(2, 24)}


@pytest.mark.parametrize(
    ("tensors", "words"),
    [
        (HALF, "only half of the pair"),
        (HALF | {f"{KEY}.lora_B.weight": torch.zeros(32, 3)}, "no two thin matrices"),
        (HALF | {f"{KEY}.lora_B.weight": torch.zeros(33, 2)}, "of another model: .* 33 x 24 there but 32 x 24 here"),
        ({"blocks.0.ffn.0.weight": torch.zeros(2, 2)}, "no layer that the high-noise LoRA trains"),
        ({f"{KEY}.diff": torch.zeros(2, 2)}, "whole weights"),
        ({f"{KEY}.diff_b": torch.zeros(2)}, "biases"),
        ({f"{KEY}.dora_scale": torch.zeros(2)}, "DoRA"),
        ({f"{KEY}.lokr_w1": torch.zeros(2, 2)}, "LoKr"),
    ],
)
def test_what_is_no_lora_of_this_model_is_refused_and_changes_nothing(tmp_path, tensors, words):
    save_file(tensors, tmp_path / "x.safetensors")
    expert = attached()
    before = lora.state(expert)
    with pytest.raises(Refusal, match=words):
        warm_start.start(expert, tmp_path / "x.safetensors", "high")
    assert all(torch.equal(tensor, before[name]) for name, tensor in lora.state(expert).items())


def test_a_lokr_cannot_begin_as_a_lora(tmp_path):
    expert = tiny_pipeline.transformer("t2v")
    lora.attach(expert, Adapter("lokr", 4, 4), seed=0)
    with pytest.raises(Refusal, match="needs network.type lora"):
        warm_start.start(expert, tmp_path, "high")
