"""What a block keeps changes what is computed again, and no gradient."""

import functools
from contextlib import contextmanager, nullcontext

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from wannb.job.cost.keeping import KEPT, OFFLOADED
from wannb.wan import attention, keeping
from wannb.wan.adapters import lora
from wannb.wan.adapters.adapter import Adapter
from wannb.wan.loading import random_weights
from wannb.wan.quantized.quantizing import quantize_block
from wannb.wan.short_text import short_text
from wannb.wan.streaming.shelf import Shelf

SETTINGS = {
    "patch_size": (1, 2, 2), "num_attention_heads": 2, "attention_head_dim": 128, "in_channels": 16,
    "out_channels": 16, "text_dim": 32, "freq_dim": 32, "ffn_dim": 512, "num_layers": 2, "cross_attn_norm": True,
    "rope_max_seq_len": 32,
}  # fmt: skip


def made(scheme=None):
    model = random_weights.blank_expert(SETTINGS, torch.float32)
    random_weights.fill_around(model, "cpu")
    for block in model.blocks:
        random_weights.fill(block, "cpu")
        if scheme:
            quantize_block(block, scheme)
    attention.install(model)
    lora.attach(model, Adapter("lora", 4, 4), seed=0)
    for parameter in lora.trainable(model):
        parameter.data.normal_(0, 0.02, generator=torch.Generator().manual_seed(1))
    return model


@pytest.fixture(scope="module")
def expert():
    return made()


class Counted(TorchDispatchMode):
    """How often attention and large products ran."""

    def __init__(self):
        super().__init__()
        self.attention = self.products = 0

    def __torch_dispatch__(self, op, types, args=(), kwargs=None):
        self.attention += op in keeping.ATTENTION
        self.products += op in keeping.FACTORS and args[keeping.FACTORS[op][1]].shape[-1] >= 256
        return op(*args, **(kwargs or {}))


@contextmanager
def predicted(model, height=8, length=5):
    """Lend what it makes of a clip of `height` latents and a prompt of `length` tokens."""
    numbers = torch.Generator().manual_seed(2)
    given = {
        "hidden_states": torch.randn(1, 16, 2, height, 8, generator=numbers),
        "timestep": torch.tensor([500.0]),
    }
    with short_text(model, [torch.randn(length, 32, generator=numbers)]) as text:
        yield model(**given, encoder_hidden_states=text, return_dict=False)[0]


@torch.no_grad()
def seen(model):
    with predicted(model) as velocity:
        return velocity


def step(model, height=8, length=5):
    """The adapter's gradient there."""
    with predicted(model, height, length) as velocity:
        velocity.square().mean().backward()  # what is computed again reads the prompt's logits
    gradient = torch.cat([parameter.grad.flatten() for parameter in lora.trainable(model)])
    model.zero_grad()
    return gradient


def words(word):
    return lambda _tokens: (word,) * SETTINGS["num_layers"]


def test_gradients_are_equal_and_less_runs_twice(expert, monkeypatch):
    monkeypatch.setattr(keeping, "FEWEST_COLUMNS", 16)  # of products as narrow as these
    keeping.runner.cache_clear()
    gradients, counts = {}, {}
    for word in KEPT:
        keeping.install(expert, words(word), compiled=False)
        with Counted() as counts[word]:
            gradients[word] = step(expert)
    for word in KEPT:
        torch.testing.assert_close(gradients[word], gradients["all"], rtol=0, atol=0)
    keeping.runner.cache_clear()
    twice, once = counts["inputs"], counts["all"]
    assert once.attention == 4 and twice.attention == 8  # of two blocks with two attentions each
    assert counts["attention"].attention == counts["products"].attention == once.attention
    assert once.products <= counts["products"].products < counts["attention"].products <= twice.products


def test_blocks_may_differ(expert):
    keeping.install(expert, words("all"), compiled=False)
    whole = step(expert)
    keeping.install(expert, lambda _tokens: ("attention", "inputs"), compiled=False)
    torch.testing.assert_close(step(expert), whole, rtol=0, atol=0)


@pytest.fixture
def graphs(monkeypatch):
    """What was compiled, as graphs that run as they are."""
    found = []

    def traced(graph, _inputs):
        found.append(graph)
        return graph.forward

    torch._dynamo.reset()
    keeping.runner.cache_clear()
    monkeypatch.setattr(torch, "compile", functools.partial(torch.compile, backend=traced))
    yield found
    keeping.runner.cache_clear()


@pytest.mark.parametrize("word", ["all", "products"])
def test_compiled_blocks_share_one_graph_and_one_more_for_other_sizes(expert, word, graphs):
    keeping.install(expert, words(word), compiled=False)
    eager = {size: step(expert, *size) for size in ((8, 5), (8, 30), (12, 5), (16, 50))}
    keeping.install(expert, words(word), compiled=True)
    for size, gradient in eager.items():
        torch.testing.assert_close(step(expert, *size), gradient, rtol=1e-4, atol=1e-6)
    assert len(graphs) == 2  # one for the first size and prompts of every length, one for all other sizes


def test_words_have_a_graph_each_where_nothing_but_their_policies_differ(expert, graphs):
    keeping.install(expert, lambda _tokens: ("attention", "products"), compiled=True)
    step(expert)
    assert len(graphs) == 2


@pytest.mark.parametrize(
    ("word", "states", "scheme"),
    [("inputs", 1, "qint8"), ("offloaded", 2, "uint4"), ("attention_offloaded", 4, "float8")],
)
def test_over_quantized_linears_too_nothing_but_hidden_states_is_kept(word, states, scheme, monkeypatch):
    torch._dynamo.reset()
    keeping.runner.cache_clear()
    monkeypatch.setattr(torch, "compile", functools.partial(torch.compile, backend="aot_eager_decomp_partition"))
    monkeypatch.setattr(keeping, "FEWEST_COLUMNS", 16)  # of products as narrow as these
    model, width, tokens = made(scheme), 256, 2 * 16 * 4
    keeping.install(model, words(word), compiled=True)
    parameters = {one.untyped_storage().data_ptr() for one in model.parameters()}
    kept, run, first = [], keeping.Keeping.__call__, model.blocks[0]

    def watched(keeper, block, *given):
        seen = kept if block is first else []
        with torch.autograd.graph.saved_tensors_hooks(lambda one: seen.append(one) or one, lambda one: one):
            return run(keeper, block, *given)

    monkeypatch.setattr(keeping.Keeping, "__call__", watched)
    if word in OFFLOADED:  # here they stay, to be counted
        monkeypatch.setattr(Shelf, "putting_by", lambda *_: nullcontext())
    gradient = step(model, height=32)
    assert gradient.isfinite().all()
    own = [one.numel() for one in kept if one.untyped_storage().data_ptr() not in parameters]
    assert sum(count for count in own if count >= tokens * width) == states * tokens * width
    keeping.runner.cache_clear()


def test_without_gradients_all_blocks_share_one_graph_of_their_own(graphs):
    model = made()
    keeping.install(model, words("all"), compiled=True)
    shown, learned = seen(model), step(model)
    assert len(graphs) == 1
    keeping.compile_without_gradients(model)
    torch.testing.assert_close(seen(model), shown, rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(seen(model), shown, rtol=1e-4, atol=1e-6)
    assert len(graphs) == 2
    torch.testing.assert_close(step(model), learned, rtol=1e-4, atol=1e-6)
