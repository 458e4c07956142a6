"""The 14 B of random weights has the real one's shapes and precisions, and makes no weight twice differently."""

import torch

from wannb.job import Job
from wannb.job.cost.model_shape import ModelShape
from wannb.job.rules.model import model_findings
from wannb.train.model import Model
from wannb.wan.loading import random_model, random_weights, weights


def test_its_configuration_is_that_of_the_real_models():
    for where, task in random_model.TASKS.items():
        facts = weights.facts(weights.resolve(where), task)
        assert (facts.layers, facts.heads, facts.head_dim, facts.ffn_dim) == (40, 40, 128, 13824)
    assert weights.facts("random/i2v").boundary == 0.9 and weights.facts("random/t2v").boundary == 0.875


def test_an_expert_has_the_parameters_of_the_real_one_and_takes_no_memory():
    expert = random_weights.blank_expert(random_model.config("random/i2v", "transformer/config.json"), torch.bfloat16)
    count = sum(parameter.numel() for parameter in expert.parameters())
    assert count == 14_288_901_184 == ModelShape.of_14b("i2v").parameters  # formats.md 1.1
    assert all(parameter.is_meta for parameter in expert.parameters())
    kept = sum(one.numel() for one in expert.parameters() if one.dtype == torch.float32)
    assert kept == ModelShape.of_14b("i2v").kept_in_fp32
    assert expert.rope.freqs_cos.device.type == "cpu" and expert.rope.freqs_cos.isfinite().all()


def test_the_same_numbers_every_time():
    def made():
        with torch.device("meta"):
            linear = torch.nn.Linear(40, 60)
        return random_weights.fill(linear, "cpu")

    first, second = made(), made()
    assert torch.equal(first.weight, second.weight) and (first.bias == 0).all()
    assert 0.9 < first.weight.std() / random_weights.SPREAD < 1.1
    assert not first.weight.requires_grad


def test_each_block_has_numbers_of_its_own():
    config = random_model.config("random/t2v", "transformer/config.json")
    expert = random_weights.blank_expert(config | {"num_layers": 2, "num_attention_heads": 1}, torch.bfloat16)
    for number in range(2):
        random_weights.fill_block(expert, number, "cpu")
    first, second = (block.ffn.net[2].weight for block in expert.blocks)
    assert not torch.equal(first, second) and 0.9 < first.std() / second.std() < 1.1


def test_a_job_may_name_it_and_nothing_is_found_missing():
    job = Job.recipe("motion", "i2v", vram_gb=140)
    job.model.name_or_path = "random"
    assert not list(model_findings(job))
    assert Model.of(job).where == "random/i2v"
