"""A block with kernels of our own, here in their plain forms, learns what it learns without them."""

from itertools import chain

import pytest
import torch
import torch.nn.functional as F

from wannb.wan import attention, feed_forward, keeping
from wannb.wan.adapters import lora
from wannb.wan.adapters.adapter import Adapter
from wannb.wan.adapters.lora_spellings import Pair
from wannb.wan.ara.recovery import RecoveredLinear
from wannb.wan.kernels import flash_four, text, where
from wannb.wan.loading import random_weights
from wannb.wan.quantized import quantizing
from wannb.wan.quantized.eight_bits import EightBitLinear
from wannb.wan.short_text import short_text

SETTINGS = {
    "patch_size": (1, 2, 2), "num_attention_heads": 2, "attention_head_dim": 64, "in_channels": 16,
    "out_channels": 16, "text_dim": 32, "freq_dim": 32, "ffn_dim": 256, "num_layers": 2, "cross_attn_norm": True,
    "rope_max_seq_len": 32,
}  # fmt: skip
OPERATORS = {
    "add_low_rank", "gelu_quantized", "gelu_quantized_backward", "norm_rotary", "norm_rotary_backward",
    "quantized_alone", "text_attention", "text_attention_backward",
}  # fmt: skip


@pytest.fixture
def by_kernels(monkeypatch):
    """What makes them run on a CPU too."""

    def switch_on():
        monkeypatch.setattr(where, "on", lambda _device: True)

    return switch_on


@pytest.fixture(scope="module", params=["float8", "uint4"])
def expert(request):
    """With products in 8 bits as on the tensor cores, which torch has for CPUs too."""
    model = random_weights.blank_expert(SETTINGS, torch.bfloat16)
    random_weights.fill_around(model, "cpu")
    attention.install(model)
    feed_forward.install(model)
    for number, block in enumerate(model.blocks):
        random_weights.fill_block(model, number, "cpu")
        quantizing.quantize_block(block, request.param)
    for module in model.modules():
        if isinstance(module, EightBitLinear):
            module.on_tensor_cores = True
    model.requires_grad_(False)
    lora.attach(model, Adapter("lora", 4, 8), seed=0)
    numbers = torch.Generator().manual_seed(1)
    for parameter in lora.trainable(model):
        parameter.data.normal_(0, 0.02, generator=numbers)
    return model


def step(model, length=5):
    """The prediction and the adapter's gradients, both flat."""
    numbers = torch.Generator().manual_seed(2)
    given = {
        "hidden_states": torch.randn(2, 16, 2, 8, 8, generator=numbers).bfloat16(),
        "timestep": torch.tensor([500.0, 900.0]),
    }
    toward = torch.randn(2, 16, 2, 8, 8, generator=numbers)
    embeds = [torch.randn(n, 32, generator=numbers) for n in (length, length + 4)]
    with short_text(model, embeds) as words:
        out = model(**given, encoder_hidden_states=words, return_dict=False)[0]
        (out.float() * toward).mean().backward()
    gradients = {name: parameter.grad.clone() for name, parameter in model.named_parameters() if "lora_" in name}
    model.zero_grad()
    return out.detach().float(), gradients


def keep(model, word, compiled=False):
    keeping.install(model, lambda _tokens: (word,) * SETTINGS["num_layers"], compiled)


def agree(ours, plain, cosine):
    assert F.cosine_similarity(ours[0].flatten(), plain[0].flatten(), dim=0) > cosine
    for name, gradient in plain[1].items():
        assert F.cosine_similarity(ours[1][name].flatten(), gradient.flatten(), dim=0) > cosine, name


class Called(torch.utils._python_dispatch.TorchDispatchMode):
    """The names of our operators that ran."""

    def __init__(self):
        super().__init__()
        self.names = []

    def __torch_dispatch__(self, operator, types, args=(), kwargs=None):
        if operator.namespace == "wannb":
            self.names.append(operator._opname)
        return operator(*args, **(kwargs or {}))


def test_they_are_used_where_they_run_and_change_nothing_but_roundings(expert, by_kernels):
    keep(expert, "all")
    with Called() as called:
        plain = step(expert)
    assert set(called.names) <= {"quantized_alone"}  # which is plain there
    by_kernels()
    with Called() as called:
        ours = step(expert)
    assert set(called.names) == OPERATORS
    agree(ours, plain, 0.99)  # one e4m3 on the other side of a tie changes those after it
    with Called() as called:
        step(expert, length=text.MOST_KEYS)  # and what stands for the padding
    assert "text_attention" not in called.names


def test_what_recovers_accuracy_beside_a_linear_is_not_passed_by(expert, by_kernels, monkeypatch):
    keep(expert, "all")
    by_kernels()
    plain = step(expert)
    layer = expert.blocks[0].ffn.net[2]
    down, up = (torch.randn(shape).bfloat16() for shape in ((4, 256), (128, 4)))
    with monkeypatch.context() as patch:
        patch.setitem(layer._modules, "base_layer", RecoveredLinear(layer.base_layer, Pair(down, up), torch.bfloat16))
        beside = step(expert)
        patch.setattr(where, "on", lambda _device: False)
        agree(beside, step(expert), 0.99)
    assert F.cosine_similarity(beside[0].flatten(), plain[0].flatten(), dim=0) < 0.99


def test_whatever_is_kept(expert, by_kernels):
    by_kernels()
    keep(expert, "all")
    whole = step(expert)
    for word in ("products", "attention", "attention_offloaded", "inputs"):
        keep(expert, word)
        with Called() as called:
            ours = step(expert)
        torch.testing.assert_close(ours, whole, rtol=0, atol=0)
        assert called.names.count("text_attention") == (4 if word in ("attention_offloaded", "inputs") else 2)
        assert called.names.count("gelu_quantized") == (2 if word == "products" else 4)


def test_flash_attention_is_kept_with_the_attention_and_learns_the_same(expert, by_kernels, monkeypatch):
    by_kernels()
    keep(expert, "all")
    plain = step(expert)
    monkeypatch.setattr(attention, "fastest", lambda *_: flash_four.flash_four)
    for word, times in (("attention", 2), ("inputs", 4)):
        keep(expert, word)
        with Called() as called:
            ours = step(expert)
        agree(ours, plain, 0.99)
        assert called.names.count("flash_attention") == times and called.names.count("flash_attention_backward") == 2


def test_compiled_blocks_hold_them_in_one_graph(expert, by_kernels, monkeypatch):
    torch._dynamo.reset()
    keeping.runner.cache_clear()
    by_kernels()
    graphs = []

    def traced(graph, inputs):
        graphs.append(graph)
        return torch._dynamo.backends.registry.lookup_backend("aot_eager_decomp_partition")(graph, inputs)

    compiles = torch.compile
    monkeypatch.setattr(torch, "compile", lambda *args, **options: compiles(*args, backend=traced, **options))
    keep(expert, "products")
    eager = step(expert)
    keep(expert, "products", compiled=True)
    agree(step(expert), eager, 0.99)
    agree(step(expert, length=9), step(expert, length=9), 0.99)
    assert len(graphs) == 1
    keeping.runner.cache_clear()
    torch._dynamo.reset()


def test_a_layer_without_adapter_or_with_dropout_is_fed_forward_as_ever(expert, by_kernels):
    keep(expert, "all")
    by_kernels()
    layers = [module for module in expert.modules() if hasattr(module, "lora_dropout")]
    for layer in layers:
        layer.lora_dropout["default"] = torch.nn.Dropout(0.5).train()
    with Called() as called:
        step(expert)
    for layer in layers:
        layer.lora_dropout["default"] = torch.nn.Identity()
    with Called() as off:
        expert.disable_adapters()
        with torch.no_grad(), short_text(expert, [torch.randn(5, 32)]) as words:
            expert(torch.randn(1, 16, 1, 8, 8).bfloat16(), torch.tensor([500.0]), words, return_dict=False)
        expert.enable_adapters()
    assert not [name for name in chain(called.names, off.names) if "gelu" in name]
