"""Sizes that the estimate reckons, against the real things: models, adapters, optimizers, files, and what a step keeps
alive."""

import json
import struct
import weakref
from dataclasses import replace
from math import prod

import pytest
import torch
from diffusers import WanTransformer3DModel
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from tests import tiny_pipeline
from tests.job.planned import plan
from tests.train import small_job
from wannb.bundled import TINY_WANS, TINY_WEIGHTS
from wannb.data.model_files import shape_of
from wannb.job.cost import memory
from wannb.job.cost.adapter_size import AdapterSize
from wannb.job.cost.disk import file_bytes
from wannb.job.cost.model_shape import ModelShape, text_parameters
from wannb.train.optimizers import memory as remembered
from wannb.train.optimizers import optimizer_for
from wannb.wan import attention
from wannb.wan.adapters import lora, lora_file
from wannb.wan.adapters.adapter import Adapter, Layers

UMT5_XXL = {"vocab_size": 256384, "d_model": 4096, "d_kv": 64, "d_ff": 10240, "num_layers": 24, "num_heads": 64,
            "relative_attention_num_buckets": 32}  # fmt: skip


def stored(part):
    """Numbers in a safetensors file of the tiny Wan, by its header."""
    (path,) = (TINY_WEIGHTS / part).glob("*.safetensors")
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
    return sum(prod(entry["shape"]) for name, entry in header.items() if name != "__metadata__")


def test_the_14b_has_as_many_parameters_as_were_counted():
    assert ModelShape.of_14b("t2v").parameters == 14_288_491_584  # formats.md 1.1
    assert ModelShape.of_14b("i2v").parameters == 14_288_901_184
    assert ModelShape.of_14b("i2v").block == 351_394_304
    assert text_parameters(UMT5_XXL) == ModelShape.of_14b("i2v").text_parameters == 5_680_910_336


@pytest.mark.parametrize(("name", "task"), TINY_WANS.items())
def test_the_tiny_wan_too(name, task, tmp_path):
    job = small_job.job(tmp_path, name, task)
    shape = shape_of(job)
    narrower = 20 * 4 * shape.dim if task == "t2v" else 0
    assert shape.parameters == stored("transformer") - narrower
    assert shape.text_parameters == stored("text_encoder")


def test_an_unknown_model_is_taken_for_the_14b(tmp_path):
    (tmp_path / "empty").mkdir()
    for name in ("org/name", str(tmp_path / "empty"), ""):
        assert shape_of(small_job.job(tmp_path, name, "t2v")) == ModelShape.of_14b("t2v")


@pytest.fixture
def expert():
    return tiny_pipeline.transformer("t2v").requires_grad_(False)


TINY = ModelShape(in_channels=16, layers=2, dim=24, ffn=32, text_dim=32)
NETWORKS = [
    {"type": "lora", "linear": 4},
    {"type": "lora", "linear": 16},
    {"type": "lora", "linear": 4, "network_kwargs": {"only_if_contains": ["attn1", "ffn.0"]}},
    {"type": "lora", "linear": 4, "network_kwargs": {"ignore_if_contains": ["blocks.1", "transformer_2"]}},
    {"type": "lora", "linear": 4, "network_kwargs": {"parameter_threshold": 24 * 24 + 24 + 1}},
    {"type": "lokr", "linear": 4},
    {"type": "lokr", "linear": 2, "lokr_full_rank": False},
    {"type": "lokr", "linear": 2, "lokr_full_rank": False, "lokr_factor": 4},
]


def with_network(tmp_path, network):
    job = small_job.job(tmp_path, "org/name")
    mapping = job.to_dict()
    mapping["config"]["process"][0]["network"] = network
    job.replace(mapping)
    return job


@pytest.mark.parametrize("network", NETWORKS)
def test_an_adapter_and_its_file_are_as_large_as_reckoned(tmp_path, expert, network):
    job = with_network(tmp_path, network)
    size, adapter = AdapterSize.of(job, "high", TINY), Adapter.of(job, "high")
    lora.attach(expert, adapter, seed=0)
    parameters = lora.trainable(expert)
    assert size.parameters == sum(one.numel() for one in parameters)
    assert size.tensors == len(parameters)
    path = tmp_path / "lora.safetensors"
    facts = lora_file.header(
        name="small", task="t2v", expert="high", boundary=0.875, shift=5.0, steps=8, trigger="fast", base_model="b"
    )
    lora_file.write(path, lora.state(expert), adapter, torch.bfloat16, facts)
    with open(path, "rb") as file:
        header = struct.unpack("<Q", file.read(8))[0]
    assert path.stat().st_size - 8 - header == 2 * size.parameters
    assert file_bytes(size, 2) == pytest.approx(path.stat().st_size, rel=0.2)


def test_the_lora_of_the_14b_has_as_many_as_were_counted(tmp_path):
    job = with_network(tmp_path, {"type": "lora", "linear": 16})
    assert AdapterSize.of(job, "high", ModelShape.of_14b("i2v")).parameters == 76_677_120


@pytest.mark.parametrize("name", ["adamw", "adamw8bit", "adafactor", "prodigy"])
@pytest.mark.parametrize("rank", [4, 128])
def test_an_optimizer_remembers_as_much_as_reckoned(tmp_path, expert, name, rank):
    """With B not zero, as a second step finds it: Prodigy keeps the first weights only where there are any."""
    job = small_job.job(tmp_path, "org/name", optimizer=name)
    job.network.linear = rank
    lora.attach(expert, Adapter.of(job, "high"), seed=0)
    tiny_pipeline.shake(expert, 0)
    parameters = {key: one for key, one in expert.named_parameters() if one.requires_grad}
    optimizer = optimizer_for(parameters, job.train)
    for one in parameters.values():
        one.grad = torch.ones_like(one)
    optimizer.step()
    kept = sum(one.nbytes for one in remembered(optimizer, parameters).values())
    assert AdapterSize.of(job, "high", TINY).optimizer_bytes(name) == pytest.approx(kept, rel=0.03)


class Alive(TorchDispatchMode):
    """The most bytes of tensors that lived at once, of those made inside."""

    def __init__(self):
        super().__init__()
        self.now = self.peak = 0
        self._known = set()

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        made = function(*args, **(kwargs or {}))
        for tensor in tree_leaves(made):
            if isinstance(tensor, torch.Tensor):
                self.see(tensor)
        return made

    def see(self, tensor):
        storage = tensor.untyped_storage()
        if storage._cdata not in self._known:
            self._known.add(storage._cdata)
            self.now += storage.nbytes()
            self.peak = max(self.peak, self.now)
            weakref.finalize(storage, self._gone, storage._cdata, storage.nbytes())

    def _gone(self, key, size):
        self._known.discard(key)
        self.now -= size


class Attention(torch.autograd.Function):
    """Keeps what a fused kernel keeps: on the meta device torch would spell the whole matrix out."""

    @staticmethod
    def forward(ctx, query, key, value):
        out, sums = torch.empty_like(query), torch.empty(query.shape[:-1], device="meta")
        ctx.save_for_backward(query, key, value, out, sums)
        return out

    @staticmethod
    def backward(ctx, gradient):
        query, key, value, *_ = ctx.saved_tensors
        del gradient
        return torch.empty_like(query), torch.empty_like(key), torch.empty_like(value)


LAYERS, TOKENS = 3, (11, 64, 64)


def alive(kind, checkpointing, precision):
    """Bytes a token that forward and backward of blocks as wide as the 14B's hold beside the weights."""
    with torch.device("meta"):
        torch.set_default_dtype(precision)
        try:
            expert = WanTransformer3DModel(
                num_attention_heads=40, attention_head_dim=128, in_channels=36, ffn_dim=13824, num_layers=LAYERS,
                cross_attn_norm=True, qk_norm="rms_norm_across_heads",
            )  # fmt: skip
        finally:
            torch.set_default_dtype(torch.float32)
        attention.install(expert)
        expert.requires_grad_(False)
        expert.add_adapter(lora._config(Adapter(kind, 16, 16), Layers()(expert)), adapter_name=lora.ADAPTER)
        for layer in lora._layers(expert).values() if kind == "lokr" else ():
            lora.lokr.settle(layer, lora.ADAPTER, 0.0)
        for parameter in lora.trainable(expert):
            parameter.data = parameter.data.float()
        expert.eval()
        if checkpointing:
            expert.enable_gradient_checkpointing()
        noisy, text = torch.empty(1, 36, *TOKENS, dtype=precision), torch.empty(1, 32, 4096, dtype=precision)
        with Alive() as tensors:
            for parameter in expert.parameters():
                tensors.see(parameter)
            before = tensors.now
            expert(noisy, torch.empty(1), text, return_dict=False)[0].float().square().mean().backward()
    return (tensors.peak - before) / (prod(TOKENS) // 4)


@pytest.mark.parametrize("precision", ["bf16", "fp32"])
@pytest.mark.parametrize("checkpointing", [True, False])
@pytest.mark.parametrize("kind", ["lora", "lokr"])
def test_a_step_keeps_as_much_alive_as_reckoned(monkeypatch, kind, checkpointing, precision):
    def fused(query, key, value, **_):
        return Attention.apply(query, key, value)

    monkeypatch.setattr(torch.nn.functional, "scaled_dot_product_attention", fused)
    counted = alive(kind, checkpointing, {"bf16": torch.bfloat16, "fp32": torch.float32}[precision])
    wide = ModelShape(in_channels=36, layers=LAYERS)
    plain = plan(wannb__compile=False)
    reckoned = replace(plain, model=wide, kind=kind, precision=precision, checkpointing=checkpointing)
    reckoned = replace(reckoned, adapter_precision="fp32" if kind == "lokr" else precision)
    assert memory.activation_bytes(reckoned) == pytest.approx(counted, rel=0.05)
