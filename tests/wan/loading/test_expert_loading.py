"""An expert comes off the disk block by block: the same numbers as diffusers' own loader, in far less memory."""

import json
import os
import subprocess
import sys

import pytest
import torch
from diffusers import WanTransformer3DModel
from safetensors.torch import save_file

from tests import tiny_pipeline
from wannb.refusal import Refusal
from wannb.wan.loading import weights
from wannb.wan.quantized import quantizing
from wannb.wan.quantized.float8 import Float8Linear

MIB = 1 << 20


def own_loader(folder, part, dtype):
    return WanTransformer3DModel.from_pretrained(folder, subfolder=part, torch_dtype=dtype)


def equal(ours, theirs):
    ours, theirs = ours.state_dict(), theirs.state_dict()
    assert list(ours) == list(theirs)
    for name, tensor in theirs.items():
        assert ours[name].dtype == tensor.dtype, name
        assert torch.equal(ours[name], tensor), name


@pytest.fixture(scope="module")
def sharded(folders, tmp_path_factory):
    """A folder whose experts lie in several shards, with blocks that are cut apart by them."""
    folder = tmp_path_factory.mktemp("sharded") / "model"
    tiny_pipeline.write(folder, "t2v")
    for part in ("transformer", "transformer_2"):
        model = WanTransformer3DModel.from_pretrained(folders["t2v"], subfolder=part)
        for path in (folder / part).glob("*.safetensors"):
            path.unlink()
        model.save_pretrained(folder / part, max_shard_size="20KB")
        assert len(list((folder / part).glob("*.safetensors"))) > 3
    return folder


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_the_same_numbers_as_diffusers_own_loader(folders, sharded, dtype):
    for expert, part in (("high", "transformer"), ("low", "transformer_2")):
        theirs = own_loader(folders["t2v"], part, dtype)
        for folder in (folders["t2v"], sharded):
            ours = weights.load_expert(folder, expert, dtype, "cpu")
            equal(ours, theirs)
            assert torch.equal(ours.rope.freqs_cos, theirs.rope.freqs_cos)
            assert not ours.training and not any(one.requires_grad for one in ours.parameters())


def test_weights_are_held_and_not_looked_up_in_the_file(sharded):
    """The files may be written anew or go away while the expert is at work."""
    expert = weights.load_expert(sharded, "high", torch.float32, "cpu")
    before = {name: tensor.clone() for name, tensor in expert.state_dict().items()}
    for path in (sharded / "transformer").glob("*.safetensors"):
        with open(path, "r+b") as file:
            file.seek(-64, 2)
            file.write(bytes(64))
    assert all(torch.equal(tensor, before[name]) for name, tensor in expert.state_dict().items())


def test_quantized_blocks_are_those_of_the_whole_expert_quantized(folders):
    theirs = own_loader(folders["i2v"], "transformer", torch.bfloat16)
    for block in theirs.blocks:
        quantizing.quantize_block(block, "float8")
    ours = weights.load_expert(folders["i2v"], "high", torch.bfloat16, "cpu", scheme="float8")
    assert isinstance(ours.blocks[0].ffn.net[2], Float8Linear)
    equal(ours, theirs)


@pytest.mark.parametrize("harm", ["lacks", "shape", "shard"])
def test_a_part_that_is_not_whole_is_a_sentence(folders, tmp_path, harm):
    folder = tiny_pipeline.write(tmp_path / "model", "t2v")
    if harm == "shard":
        (path,) = (folder / "transformer_2").glob("*.safetensors")
        index = {"metadata": {}, "weight_map": {"proj_out.weight": "model-00002-of-00002.safetensors"}}
        (folder / "transformer_2" / "a.safetensors.index.json").write_text(json.dumps(index))
    else:
        model = WanTransformer3DModel.from_pretrained(folder, subfolder="transformer_2")
        state = model.state_dict()
        name = "blocks.1.ffn.net.2.weight"
        lost = state.pop(name)
        if harm == "shape":
            state[name] = lost[:, :-1].contiguous()
        (path,) = (folder / "transformer_2").glob("*.safetensors")
        save_file(state, path, metadata={"format": "pt"})
    said = {"lacks": "lacks blocks.1.ffn.net.2.weight", "shape": r"\[24, 31\] in place of \[24, 32\]"}
    with pytest.raises(Refusal, match=said.get(harm, "lacks model-00002-of-00002")):
        weights.load_expert(folder, "low", torch.float32, "cpu")


MEASURE = """
import json, os, resource, sys, torch
from pathlib import Path
from wannb.wan.loading import weights
small, wide = Path(sys.argv[1]), Path(sys.argv[2])
torch.set_num_threads(1)
def load(folder, scheme, device):
    return weights.load_expert(folder, "high", torch.bfloat16, device, scheme=scheme or None, work="cpu")
def resident():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
for case in json.loads(sys.argv[3]):
    if not os.fork():  # each in a process of its own, which has imported everything
        load(small, *case)  # what libraries take once
        before = resident()
        load(wide, *case)
        print(json.dumps(resident() - before), flush=True)
        os._exit(0)
    os.wait()
"""
WIDTH, FFN, LAYERS = 1024, 4096, 8


@pytest.fixture(scope="module")
def wide(tmp_path_factory):
    """An expert of eight wide blocks in bf16, in shards; (folder, bytes of the expert, bytes of a block)."""
    folder = tmp_path_factory.mktemp("wide")
    with torch.device("meta"):
        model = WanTransformer3DModel(
            num_attention_heads=8, attention_head_dim=128, ffn_dim=FFN, num_layers=LAYERS, text_dim=64, freq_dim=64
        )
    model = model.to(torch.bfloat16).to_empty(device="cpu")
    generator = torch.Generator().manual_seed(0)
    piece = torch.randn(1 << 20, generator=generator).bfloat16()
    for parameter in model.parameters():
        flat = parameter.data.view(-1)
        for start in range(0, len(flat), len(piece)):
            flat[start : start + len(piece)] = piece[: len(flat) - start]
    model.save_pretrained(folder / "transformer", max_shard_size="70MB")
    assert len(list((folder / "transformer").glob("*.safetensors"))) >= 4
    whole = sum(path.stat().st_size for path in (folder / "transformer").glob("*.safetensors"))
    assert whole > 250 * MIB
    return folder, whole, whole / LAYERS


CASES = {("", "cpu"): 1.0, ("float8", "cpu"): 0.52, ("", "meta"): 0.0}
"""Scheme and device → the share of the bf16 weights that stays in memory; what goes to another device leaves none."""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs POSIX")
def test_memory_holds_the_expert_as_it_will_be_held_and_a_block(wide, folders):
    folder, whole, block = wide
    command = [sys.executable, "-c", MEASURE, str(folders["t2v"]), str(folder), json.dumps(list(CASES))]
    # weights of the real size lie in pages of their own, which are given back; here malloc would keep them
    environment = {**os.environ, "MALLOC_MMAP_THRESHOLD_": str(MIB)}
    printed = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    peaks = dict(zip(CASES, map(json.loads, printed.split()), strict=True))
    for case, held in CASES.items():
        assert peaks[case] < held * whole + 3 * block, {key: one / block for key, one in peaks.items()}
