"""Training over quantized experts: near training over whole ones, previews with what is live, files without it."""

import gc
import weakref

import pytest
import torch
from safetensors.torch import load_file

from tests.train import small_job
from wannb.job.preflight import findings
from wannb.refusal import Refusal
from wannb.train import held
from wannb.train.caching import prepare
from wannb.train.experts import Experts, load_expert
from wannb.train.loop import take_step
from wannb.train.micro_batches import Material
from wannb.train.model import Model
from wannb.wan.adapters import lora
from wannb.wan.adapters.lora_spellings import Pair
from wannb.wan.ara import recovery
from wannb.wan.ara.recovery import RecoveredLinear
from wannb.wan.loading import tiny, weights
from wannb.wan.quantized import quantizing
from wannb.wan.quantized.frozen_linear import FrozenLinear

STEPS = 4
APART = {"float8": 0.03, "qfloat8": 0.03, "qint8": 0.03, "qint4": 0.2, "uint4": 0.2}
"""How far the mean loss of a few steps may be from that over whole weights, as a share of it: a width of 192 forgives
less than one of 5120, and these clips are noise."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("set")
    small_job.clips(root / "clips")
    return root


def a_job(folder, **model):
    made = small_job.job(folder, tiny.folder("t2v"), batch_size=1, gradient_accumulation=1, lr=1e-3)
    for key, value in model.items():
        setattr(made.model, key, value)
    return made


def losses(job):
    model = Model.of(job)
    stuff = Material.of(job, model, prepare(job, model), Experts.load(job, model.where))
    return [take_step(step, stuff)["loss"] for step in range(1, STEPS + 1)], stuff


@pytest.fixture(scope="module")
def whole(folder):
    return losses(a_job(folder))[0]


@pytest.mark.parametrize("kind", quantizing.KINDS)
def test_a_few_steps_agree_with_those_over_whole_weights(kind, folder, whole):
    found, stuff = losses(a_job(folder, quantize=True, qtype=kind, quantize_te=False))
    assert sum(found) == pytest.approx(sum(whole), rel=APART[kind])
    experts = [learner.transformer for learner in stuff.experts.learners.values()]
    assert all(sum(isinstance(one, FrozenLinear) for one in expert.modules()) == 60 for expert in experts)
    assert lora.delta_norm(experts[0]) > 0


def recovering(facts, experts, path):
    """The adapter that gives back all that 4 bits lost: the difference of the weights as a pair of full rank."""
    pairs = {}
    for name, (exact, held_ones) in experts.items():
        pairs[name] = {}
        for layer in recovery.shapes(facts):
            lost = exact.get_submodule(layer).weight - held_ones.get_submodule(layer).dequantized()
            u, values, v = torch.linalg.svd(lost, full_matrices=False)
            pairs[name][layer] = Pair(values[:, None] * v, u)
    recovery.write(path, pairs, torch.float32, {})


@pytest.fixture(scope="module")
def adapter(tmp_path_factory):
    where, path = tiny.folder("t2v"), tmp_path_factory.mktemp("adapter") / "whole.safetensors"
    loaded = {
        name: [weights.load_expert(where, name, torch.float32, "cpu", scheme) for scheme in (None, "uint4")]
        for name in ("high", "low")
    }
    recovering(weights.facts(where), loaded, path)
    return path


@pytest.mark.parametrize("named", ["in qtype", "beside it"])
def test_an_adapter_that_gives_all_back_makes_the_losses_those_of_whole_weights(named, folder, whole, adapter):
    how = {"qtype": f"uint4|{adapter}"} if named == "in qtype" else {"qtype": "uint4"}
    job = a_job(folder, quantize=True, quantize_te=False, accuracy_recovery_adapter=None, **how)
    if named == "beside it":
        job.model.accuracy_recovery_adapter = str(adapter)
    held.check(job, Model.of(job).where)
    found, stuff = losses(job)
    assert found == pytest.approx(whole, rel=1e-4)
    learner = stuff.experts.learners["high"]
    assert isinstance(learner.transformer.blocks[0].attn1.to_q.base_layer, RecoveredLinear)
    assert set(lora.state(learner.transformer)) == set(lora.state(load_with_lora(folder)))


def load_with_lora(folder):
    return Experts.load(a_job(folder), Model.of(a_job(folder)).where).learners["high"].transformer


def test_an_expert_that_only_previews_need_is_held_and_recovered_alike(folder, adapter):
    job = a_job(folder, quantize=True, qtype=f"uint4|{adapter}")
    expert = load_expert(job, Model.of(job).where, "low", None)
    assert isinstance(expert.blocks[0].attn1.to_q, RecoveredLinear)


def test_a_wrong_adapter_stops_before_anything_is_encoded(folder, tmp_path):
    path = tmp_path / "one.safetensors"
    path.write_bytes(b"nothing")
    job = a_job(folder, quantize=True, qtype=f"uint4|{path}")
    with pytest.raises(Refusal, match="cannot be read"):
        held.check(job, Model.of(job).where)


def test_random_weights_have_a_made_up_adapter_and_fetch_nothing(folder, monkeypatch):
    monkeypatch.setattr(recovery, "fetch", lambda name: pytest.fail("fetched"))
    job = a_job(folder, quantize=True, qtype="uint4|user/repository/file.safetensors")
    how = held.expert(job, "random/t2v", "high")
    assert len(how.pairs) == 400 and how.pairs["blocks.39.ffn.net.2"].up.shape == (5120, 16)


def test_the_text_encoder_goes_with_the_experts_where_nothing_else_is_said(folder):
    assert held.text(a_job(folder, quantize=False, quantize_te=None)) is None
    assert held.text(a_job(folder, quantize=True, quantize_te=None, qtype_te="qint8")).kind == "qint8"
    assert held.text(a_job(folder, quantize=True, quantize_te=False)) is None
    assert held.text(a_job(folder, quantize=False, quantize_te=True, qtype_te="qfloat8_e4m3fn")).kind == "qfloat8"


def test_embeddings_of_a_quantized_text_encoder_are_not_taken_for_those_of_a_whole_one(tmp_path):
    small_job.clips(tmp_path / "clips")
    plain, quantized = a_job(tmp_path), a_job(tmp_path, quantize_te=True, qtype_te="qint8")
    first, second = (prepare(job, Model.of(job)) for job in (plain, quantized))
    assert first.result.prompts_encoded == second.result.prompts_encoded > 0
    one, other = (made.texts.embed(["slow"])[0] for made in (first, second))
    assert 0 < (one - other).norm() < 0.05 * one.norm()


def test_text_encoder_and_vae_are_in_memory_only_while_they_encode(tmp_path, monkeypatch):
    small_job.clips(tmp_path / "clips")
    job, seen = a_job(tmp_path, quantize_te=True, qtype_te="uint4"), []

    def watched(load):
        def loaded(*given):
            found = load(*given)
            assert not any(one() for one in seen)  # one after the other
            seen.append(weakref.ref(found[1] if isinstance(found, tuple) else found))
            return found

        return loaded

    for name in ("load_text", "load_vae"):
        monkeypatch.setattr(weights, name, watched(getattr(weights, name)))
    prepare(job, Model.of(job))
    gc.collect()
    assert len(seen) == 2 and not any(one() for one in seen)


def test_saved_files_are_those_of_the_lora_alone(folder, adapter, tmp_path):
    from wannb.wan.adapters import lora_file
    from wannb.wan.adapters.adapter import Adapter

    job = a_job(folder, quantize=True, qtype=f"uint4|{adapter}")
    learner = Experts.load(job, Model.of(job).where).learners["high"]
    lora_file.write(
        tmp_path / "a.safetensors", lora.state(learner.transformer), Adapter.of(job, "high"), torch.float32, {}
    )
    keys = load_file(tmp_path / "a.safetensors").keys()
    assert len(keys) == 120 and not any("down" in key or "up" in key or "codes" in key for key in keys)
    assert not [one for one in findings(job) if one.where.startswith("model.q") and one.severity == "error"]
