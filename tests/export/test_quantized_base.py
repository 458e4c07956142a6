"""A run over quantized experts exports whole weights with its pair, and shows the live pair (decision 21)."""

import pytest
import torch
from safetensors.torch import load_file

from tests.export.test_pair_export import make_run
from wannb.export.merge import merge
from wannb.job import Job
from wannb.runs import previews
from wannb.train.experts import Experts
from wannb.train.model import Model
from wannb.wan.adapters import lora, lora_file
from wannb.wan.adapters.lora_linear import LoraLinear
from wannb.wan.previews import Request, sample
from wannb.wan.quantized.frozen_linear import FrozenLinear

KINDS = ("float8", "qint8", "qint4")  # the tests' pipeline is too narrow for groups of 64


@pytest.fixture(scope="module")
def run(folders, tmp_path_factory):
    return make_run(tmp_path_factory.mktemp("held"), folders["t2v"], "t2v")


def quantized(run, kind):
    job = Job.load(run / "config.yaml")
    job.model.quantize, job.model.qtype, job.train.dtype, job.device = True, kind, "fp32", "cpu"
    return job


def tensors(folder):
    return {name: tensor for path in sorted(folder.rglob("*.safetensors")) for name, tensor in load_file(path).items()}


@pytest.mark.parametrize("kind", KINDS)
def test_a_merge_is_that_of_whole_weights(run, kind, tmp_path):
    plain = merge(run, tmp_path / "plain").folder / "transformer"
    before = (run / "config.yaml").read_text()
    try:
        quantized(run, kind).save(run / "config.yaml")
        held = merge(run, tmp_path / "held").folder / "transformer"
    finally:
        (run / "config.yaml").write_text(before)
    expected, found = tensors(plain), tensors(held)
    assert expected.keys() == found.keys() and all(torch.equal(expected[name], found[name]) for name in expected)


@pytest.mark.parametrize("kind", KINDS)
def test_previews_are_made_with_the_live_pair_over_quantized_linears(run, kind):
    job = quantized(run, kind)
    model = Model.of(job)
    experts = Experts.load(job, model.where)
    for expert, learner in experts.learners.items():
        lora_file.exchange(learner.transformer, run / "checkpoints" / f"{run.name}_{expert}_noise.safetensors")
    embeds = tuple(torch.randn(n, 32, generator=torch.Generator().manual_seed(n)) for n in (5, 2))
    with previews.components(job, model, experts) as parts:
        layer = parts.high.blocks[0].attn1.to_q
        assert isinstance(layer, LoraLinear) and isinstance(layer.base_layer, FrozenLinear) and not layer.merged
        held = [one.clone() for one in layer.base_layer.held]
        shown = [
            sample(parts, Request.of(job.samples[0], high_strength=by, low_strength=by), embeds) for by in (1.0, 0.0)
        ]
        assert (shown[0] != shown[1]).any()
        assert all(torch.equal(a, b) for a, b in zip(held, layer.base_layer.held, strict=True))
    assert lora.delta_norm(experts.learners["high"].transformer) > 0
