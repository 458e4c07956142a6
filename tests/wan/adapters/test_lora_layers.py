"""Norms, spectra and cosines of a LoRA file are those of the full dW, as numpy has them; what is saved is the same."""

import json

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

import wannb
from tests.wan.adapters.test_warm_start import ALPHA, RANK, SPELLINGS, original, pairs, spelled
from wannb.refusal import Refusal
from wannb.wan.adapters.lora_layers import read_lora


def written(path, weights=None, header=None, **how):
    save_file(spelled(lambda n: "diffusion_model." + original(n), weights=weights, **how), path, metadata=header)
    return path


def full(weights):
    """Layer -> dW in fp64."""
    return {name: (pair.up.double() @ pair.down.double()).numpy() for name, pair in weights.items()}


def whole(changes):
    return np.concatenate([change.ravel() for _, change in sorted(changes.items())])


def test_every_figure_is_that_of_the_full_matrix(tmp_path):
    lora = wannb.read_lora(written(tmp_path / "x.safetensors"))
    assert len(lora) == 20 and [layer.block for layer in lora.values()] == [0] * 10 + [1] * 10
    for name, change in full(pairs()).items():
        layer, values = lora[name], np.linalg.svd(change, compute_uv=False)[:RANK]
        assert layer.values == pytest.approx(values, rel=1e-5) and layer.rank == RANK
        assert layer.norm == pytest.approx(np.linalg.norm(change), rel=1e-6)
        shares = values / values.sum()
        assert layer.effective_rank == pytest.approx(np.prod(shares**-shares), rel=1e-5)
        assert name == f"blocks.{layer.block}.{layer.linear}"
    assert lora.norm == pytest.approx(np.linalg.norm(whole(full(pairs()))), rel=1e-6)


def test_the_cosine_is_that_of_all_entries(tmp_path):
    one, other = pairs(seed=1), pairs(rank=5, seed=2)
    half = {name: pair for name, pair in other.items() if "attn1" in name}
    read = [read_lora(written(tmp_path / f"{i}.safetensors", weights)) for i, weights in enumerate((one, other, half))]
    for a, b, changes in ((0, 1, other), (0, 2, half)):
        zeros = {name: np.zeros_like(change) for name, change in full(one).items()}
        x, y = whole(full(one)), whole(zeros | full(changes))
        expected = x @ y / np.linalg.norm(x) / np.linalg.norm(y)
        assert read[a].cosine(read[b]) == pytest.approx(expected, abs=1e-7)
        assert read[b].cosine(read[a]) == pytest.approx(expected, abs=1e-7)
    assert read[0].cosine(read[0]) == pytest.approx(1)


def test_effective_rank_at_its_ends(tmp_path):
    alike, one, none = (dict(pairs()) for _ in range(3))
    name = "blocks.0.attn1.to_q"
    pair = alike[name]
    alike[name] = pair._replace(down=torch.eye(*pair.down.shape), up=torch.eye(*pair.up.shape))
    one[name] = pair._replace(up=pair.up[:, :1].expand(-1, RANK).contiguous())
    none[name] = pair._replace(up=torch.zeros_like(pair.up))
    for weights, expected in ((alike, RANK), (one, 1), (none, 0)):
        layer = read_lora(written(tmp_path / "x.safetensors", weights))[name]
        assert layer.effective_rank == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_is_saved_as_the_one_that_loads_everywhere(tmp_path, spelling):
    tensors, facts, scale = SPELLINGS[spelling]
    header = {"lora_adapter_metadata": json.dumps(facts), "ss_note": "kept"} if facts else {"ss_note": "kept"}
    save_file({name: tensor.half() for name, tensor in tensors.items()}, tmp_path / "x.safetensors", metadata=header)
    lora = read_lora(tmp_path / "x.safetensors", "high")
    lora.save(tmp_path / "y.safetensors")
    with safe_open(tmp_path / "y.safetensors", "pt") as file:
        names, facts = list(file.keys()), file.metadata()
        assert {file.get_tensor(name).dtype for name in names} == {torch.float16}
    assert all(name.startswith("diffusion_model.blocks.") and ".lora_" in name for name in names)
    assert len(names) == 40 and facts["ss_note"] == "kept" and "lora_adapter_metadata" not in facts
    again = read_lora(tmp_path / "y.safetensors")
    assert again.cosine(lora) == pytest.approx(1, abs=1e-6) and again.norm == pytest.approx(lora.norm, rel=1e-3)
    if spelling != "C":  # one of its layers has an alpha of its own
        assert lora.norm == pytest.approx(scale * np.linalg.norm(whole(full(pairs()))), rel=1e-3)


def test_of_a_file_with_both_experts_one_must_be_told(tmp_path):
    high, low = pairs(seed=1), pairs(seed=2)
    tensors = spelled(lambda n: "transformer." + n, weights=high) | spelled(lambda n: "transformer_2." + n, weights=low)
    save_file(tensors, tmp_path / "both.safetensors")
    save_file(tensors, tmp_path / "both_low_noise.safetensors")
    with pytest.raises(Refusal, match="both experts: say which one"):
        read_lora(tmp_path / "both.safetensors")
    told = read_lora(tmp_path / "both.safetensors", "low")
    named = read_lora(tmp_path / "both_low_noise.safetensors")
    assert told.norm == named.norm == pytest.approx(np.linalg.norm(whole(full(low))), rel=1e-6)
    assert told.cosine(read_lora(tmp_path / "both.safetensors", "high")) < 0.1


def test_what_cannot_be_read_compared_or_kept_is_refused(tmp_path):
    path = written(tmp_path / "x.safetensors")
    lora = read_lora(path)
    larger = {n: p._replace(down=torch.ones(RANK, p.down.shape[1] + 1)) for n, p in pairs().items()}
    with pytest.raises(Refusal, match="different models"):
        lora.cosine(read_lora(written(tmp_path / "y.safetensors", larger)))
    save_file({"transformer_blocks.0.lora_A.weight": torch.ones(2, 2)}, tmp_path / "flux.safetensors")
    with pytest.raises(Refusal, match="no linear of a Wan block .*transformer_blocks.0"):
        read_lora(tmp_path / "flux.safetensors")
    tensors = spelled(lambda n: "diffusion_model." + original(n)) | spelled(
        lambda n: "diffusion_model.head.head", weights={"": pairs()["blocks.0.attn1.to_q"]}
    )
    save_file(tensors, path)
    with pytest.raises(Refusal, match="head.head, which is no linear of a block"):
        read_lora(path).save(tmp_path / "z.safetensors")
    assert not (tmp_path / "z.safetensors").exists()


def test_alpha_is_folded_in(tmp_path):
    plain = read_lora(written(tmp_path / "x.safetensors"))
    scaled = read_lora(written(tmp_path / "y.safetensors", alpha=ALPHA))
    assert scaled.norm == pytest.approx(plain.norm * ALPHA / RANK)
    assert "Lora('y.safetensors', 20 layers, rank 3" in repr(scaled)
