"""The live LoRA: where it sits, what it starts as, its strength."""

import pytest
import torch

from tests import tiny_pipeline
from wannb.refusal import Refusal
from wannb.wan.adapters import lora
from wannb.wan.adapters.adapter import Adapter


@pytest.fixture
def expert():
    return tiny_pipeline.transformer("t2v").requires_grad_(False)


def test_it_sits_on_the_ten_linears_of_each_block_in_fp32(expert):
    lora.attach(expert.to(torch.bfloat16), Adapter("lora", 4, 4), seed=0)
    assert len(lora.trainable(expert)) == 2 * 2 * 10
    assert {p.dtype for p in lora.trainable(expert)} == {torch.float32}
    assert {id(p) for p in expert.parameters() if p.requires_grad} == {id(p) for p in lora.trainable(expert)}
    assert all(name.startswith("blocks.") for name in lora.state(expert))


def test_it_starts_as_the_base_and_from_the_seed_alone(expert):
    base = tiny_pipeline.forward(expert)
    torch.manual_seed(7)
    before = torch.random.get_rng_state()
    lora.attach(expert, Adapter("lora", 4, 8), seed=5)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert torch.equal(tiny_pipeline.forward(expert), base)
    twin, other = tiny_pipeline.transformer("t2v"), tiny_pipeline.transformer("t2v")
    lora.attach(twin, Adapter("lora", 4, 8), seed=5)
    lora.attach(other, Adapter("lora", 4, 8), seed=6)
    name = "blocks.1.ffn.net.2.lora_A.weight"
    assert torch.equal(lora.state(twin)[name], lora.state(expert)[name])
    assert not torch.equal(lora.state(other)[name], lora.state(expert)[name])


def test_strength_zero_is_the_base_and_one_the_lora(expert):
    base = tiny_pipeline.forward(expert)
    lora.attach(expert, Adapter("lora", 4, 6), seed=0)
    tiny_pipeline.shake(expert, 1)
    full = tiny_pipeline.forward(expert)
    assert (full - base).abs().max() > 1e-2
    with lora.strength(expert, 0.0):
        assert torch.equal(tiny_pipeline.forward(expert), base)
    with lora.strength(expert, 0.5):
        assert not torch.allclose(tiny_pipeline.forward(expert), full)
    assert torch.equal(tiny_pipeline.forward(expert), full)
    assert all(parameter.requires_grad for parameter in lora.trainable(expert))


def test_state_goes_out_and_in_exactly(expert):
    lora.attach(expert, Adapter("lora", 4, 6), seed=0)
    tiny_pipeline.shake(expert, 1)
    state, output = lora.state(expert), tiny_pipeline.forward(expert)
    tiny_pipeline.shake(expert, 2)
    lora.load_state(expert, state)
    assert torch.equal(tiny_pipeline.forward(expert), output)


def test_foreign_states_are_refused(expert):
    with pytest.raises(Refusal, match="no LoRA attached"):
        lora.load_state(expert, {})
    lora.attach(expert, Adapter("lora", 4, 4), seed=0)
    state = lora.state(expert)
    with pytest.raises(Refusal, match="1 tensors missing"):
        lora.load_state(expert, dict(list(state.items())[1:]))
    with pytest.raises(Refusal, match=r"model and rank"):
        lora.load_state(expert, {name: tensor.T for name, tensor in state.items()})


def test_a_loss_reaches_every_weight_with_checkpointing(expert):
    lora.attach(expert, Adapter("lora", 4, 4), seed=0)
    tiny_pipeline.shake(expert, 1)
    expert.enable_gradient_checkpointing()
    expert.train()
    output = expert(torch.randn(1, 16, 3, 4, 4), torch.tensor([900.0]), torch.randn(1, 512, 32)).sample
    output.square().mean().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in lora.trainable(expert))
