"""Which layers an adapter sits on, and its dropout."""

import pytest
import torch

from tests import tiny_pipeline
from tests.train import small_job
from wannb.refusal import Refusal
from wannb.wan.adapters import lora
from wannb.wan.adapters.adapter import Adapter, Layers

LINEARS = ("attn1.to_q", "attn1.to_k", "attn1.to_v", "attn1.to_out.0", "attn2.to_q", "attn2.to_k", "attn2.to_v",
           "attn2.to_out.0", "ffn.net.0.proj", "ffn.net.2")  # fmt: skip
ALL = {f"blocks.{block}.{linear}" for block in (0, 1) for linear in LINEARS}


@pytest.fixture
def expert():
    return tiny_pipeline.transformer("t2v").requires_grad_(False)


def test_every_block_linear_by_default(expert):
    assert set(Layers()(expert)) == ALL and len(ALL) == 20


@pytest.mark.parametrize(
    ("layers", "kept"),
    [
        (Layers("high", only=("attn1",)), lambda name: ".attn1." in name),
        (Layers("high", only=("self_attn",)), lambda name: ".attn1." in name),
        (Layers("high", only=("s.0.self_attn.q", "net.2")), lambda name: "s.0.attn1.to_q" in name or "net.2" in name),
        (Layers("high", ignore=("ffn.2", "attn2")), lambda name: "net.2" not in name and "attn2" not in name),
        (Layers("high", only=("blocks.1.",), ignore=("to_out",)), lambda n: "blocks.1." in n and "to_out" not in n),
        (Layers("low", only=("transformer_2.blocks.1",)), lambda name: name.startswith("blocks.1.")),
        (Layers("high", ignore=("transformer_2",)), lambda name: True),
        (Layers("high", fewest=24 * 24 + 24 + 1), lambda name: "ffn" in name),
    ],
)
def test_patterns_are_substrings_of_either_vocabulary(expert, layers, kept):
    assert set(layers(expert)) == {name for name in ALL if kept(name)}


def test_only_the_chosen_layers_train(expert):
    lora.attach(expert, Adapter("lora", 4, 4, layers=Layers("high", only=("cross_attn.v",))), seed=0)
    assert set(lora.scales(expert)) == {"blocks.0.attn2.to_v", "blocks.1.attn2.to_v"}
    assert len(lora.trainable(expert)) == 4


@pytest.mark.parametrize("layers", [Layers("high", only=("conv",)), Layers("high", only=("transformer_2",)),
                                    Layers("high", ignore=("blocks",)), Layers("high", fewest=10**6)])  # fmt: skip
def test_nothing_left_is_refused_with_the_patterns(expert, layers):
    with pytest.raises(Refusal, match=r"no layer of the high-noise .* names look like transformer_1\.blocks"):
        lora.attach(expert, Adapter("lora", 4, 4, layers=layers), seed=0)


def test_a_job_says_it_all(tmp_path, expert):
    job = small_job.job(tmp_path, tmp_path)
    job.network.dropout, job.wannb.low.rank = 0.25, 9
    job.network.network_kwargs.ignore_if_contains = ["ffn"]
    high, low = Adapter.of(job, "high"), Adapter.of(job, "low")
    assert (high.kind, high.rank, high.alpha, high.dropout) == ("lora", 4, 2, 0.25)
    assert (low.rank, low.alpha) == (9, 9)
    assert set(high.layers(expert)) == {name for name in ALL if "ffn" not in name}
    job.network.type, job.network.lokr_factor, job.network.lokr_full_rank = "lokr", 8, False
    lokr = Adapter.of(job, "high")
    assert (lokr.kind, lokr.factor, lokr.full_rank) == ("lokr", 8, False)


def gradients(expert, seed, checkpointing=False):
    """Gradients of one step whose dropout is drawn from `seed`."""
    if checkpointing:
        expert.enable_gradient_checkpointing()
    inputs = torch.Generator().manual_seed(3)
    noisy, embeds = torch.randn(1, 16, 3, 4, 4, generator=inputs), torch.randn(1, 16, 32, generator=inputs)
    expert.zero_grad()
    with lora.dropping(expert, seed):
        output = expert(noisy, torch.tensor([900.0]), embeds).sample
        output.square().mean().backward()
    return [output.detach(), *(parameter.grad.clone() for parameter in lora.trainable(expert))]


def same(left, right):
    return all(torch.allclose(a, b, rtol=1e-5, atol=1e-7) for a, b in zip(left, right, strict=True))


@pytest.mark.parametrize("kind", ["lora", "lokr"])
def test_dropout_is_a_function_of_its_seed_also_with_checkpointing(expert, kind):
    lora.attach(expert, Adapter(kind, 4, 4, dropout=0.5), seed=0)
    tiny_pipeline.shake(expert, 1)
    still = tiny_pipeline.forward(expert)
    torch.manual_seed(11)
    first, state = gradients(expert, 1), torch.random.get_rng_state()
    torch.manual_seed(11)
    assert torch.equal(torch.random.get_rng_state(), state)  # the global generator was left alone
    torch.manual_seed(12)
    assert all(torch.equal(a, b) for a, b in zip(gradients(expert, 1), first, strict=True))
    assert not same(gradients(expert, 2), first)
    assert same(gradients(expert, 1, checkpointing=True), first)
    assert torch.equal(tiny_pipeline.forward(expert), still)  # and outside the block nothing is dropped


@pytest.mark.parametrize("kind", ["lora", "lokr"])
def test_dropout_has_its_rate_and_keeps_the_mean(expert, kind):
    lora.attach(expert, Adapter(kind, 4, 4, dropout=0.3), seed=0)
    tiny_pipeline.shake(expert, 1)
    layer = expert.get_submodule("blocks.0.attn1.to_q")
    x = torch.eye(24).repeat(400, 1)  # one input each: a row is dropped or is 1 / (1 - p) of itself
    with torch.no_grad():
        base = layer.base_layer(x)
        whole = layer(x) - base
        with lora.dropping(expert, 7):
            dropped = layer(x) - base
    share = dropped.norm(dim=1) / whole.norm(dim=1)
    gone = share < 1e-3
    assert gone.float().mean().item() == pytest.approx(0.3, abs=5 * (0.3 * 0.7 / len(x)) ** 0.5)
    torch.testing.assert_close(share[~gone], torch.full_like(share[~gone], 1 / 0.7), rtol=1e-3, atol=0)


def test_without_dropout_nothing_is_touched(expert):
    lora.attach(expert, Adapter("lora", 4, 4), seed=0)
    state = torch.random.get_rng_state()
    with lora.dropping(expert, 1):
        assert torch.equal(torch.random.get_rng_state(), state)
        assert not any(m.training for m in expert.modules() if isinstance(m, torch.nn.Dropout))
