"""Single files, as ComfyUI has them, are the same model as the diffusers folder that they were made of."""

import pytest
import torch
from diffusers import AutoencoderKLWan
from diffusers.loaders.single_file_utils import convert_wan_vae_to_diffusers
from safetensors.torch import save_file
from transformers import UMT5EncoderModel

from tests import comfy_files
from tests.wan.loading import test_pieces
from wannb.bundled import TINY_WEIGHTS
from wannb.job.parts import vae_file
from wannb.job.parts.expert_file import ExpertFile
from wannb.job.parts.parts import Parts
from wannb.job.parts.vae_file import diffusers_name
from wannb.wan.loading import single_files, weights


def same_weights(ours, theirs):
    ours, theirs = ours.state_dict(), theirs.state_dict()
    assert ours.keys() == theirs.keys()
    for name, tensor in theirs.items():
        assert ours[name].dtype == tensor.dtype and torch.equal(ours[name], tensor), name


@pytest.fixture(scope="module")
def comfy(tmp_path_factory):
    """ComfyUI's folder with the tiny Wan in it."""
    return comfy_files.comfyui(TINY_WEIGHTS, tmp_path_factory.mktemp("ComfyUI"), "i2v")


ELSEWHERE = {"model.extras_name_or_path": str(TINY_WEIGHTS)}


@pytest.mark.parametrize("inside", ["", "models", "models/diffusion_models", "file"])
def test_the_parts_are_found_by_their_folders_and_names(comfy, inside):
    experts = comfy / "models" / "diffusion_models"
    name = experts / "wan2.2_i2v_low_noise_14B_fp16.safetensors" if inside == "file" else comfy / inside
    found = weights.resolve(str(name), "i2v", {"model.te_name_or_path": str(TINY_WEIGHTS)})
    assert found == Parts(
        high=experts / "wan2.2_i2v_high_noise_14B_fp16.safetensors",
        low=experts / "wan2.2_i2v_low_noise_14B_fp16.safetensors",
        vae=comfy / "models" / "vae" / "wan_2.1_vae.safetensors",
        text_encoder=TINY_WEIGHTS,
        tokenizer=TINY_WEIGHTS,
    )
    facts = weights.facts(found, "i2v")
    own = weights.facts(TINY_WEIGHTS)
    assert (facts.boundary, facts.shift) == (0.9, 5.0) and vars(facts) == vars(own)


@pytest.mark.parametrize("prefix", ["", "diffusion_model.", "model.diffusion_model."])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_an_expert_of_a_single_file_is_bit_equal(tmp_path, prefix, dtype):
    for expert, part in (("high", "transformer"), ("low", "transformer_2")):
        comfy_files.write_expert(TINY_WEIGHTS / part, tmp_path / f"wan_{expert}.safetensors", prefix)
    where = weights.resolve(str(tmp_path / "wan_high.safetensors"), "i2v", ELSEWHERE)
    for expert in ("high", "low"):
        ours = weights.load_expert(where, expert, dtype, "cpu")
        theirs = weights.load_expert(TINY_WEIGHTS, expert, dtype, "cpu")
        same_weights(ours, theirs)
        assert torch.equal(ours.rope.freqs_cos, theirs.rope.freqs_cos)


@pytest.mark.parametrize("prefix", ["", "model."])
def test_the_vae_of_a_single_file_is_bit_equal(comfy, tmp_path, prefix):
    file = comfy_files.write_vae(TINY_WEIGHTS / "vae", tmp_path / "Wan2_1_VAE.safetensors", prefix)
    elsewhere = {"model.te_name_or_path": str(TINY_WEIGHTS), "model.vae_path": str(file)}
    where = weights.resolve(str(comfy), "i2v", elsewhere)
    ours, theirs = (weights.load_vae(one, "cpu") for one in (where, TINY_WEIGHTS))
    same_weights(ours, theirs)
    assert ours.config.latents_mean == theirs.config.latents_mean
    clip = torch.rand(1, 3, 5, 32, 32, generator=torch.Generator().manual_seed(1)) * 2 - 1
    with torch.no_grad():
        latents = [model.encode(clip).latent_dist.mode() for model in (ours, theirs)]
        assert torch.equal(*latents)
        assert torch.equal(ours.decode(latents[0]).sample, theirs.decode(latents[0]).sample)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_the_text_encoder_of_a_single_file_is_bit_equal(comfy, dtype):
    file = comfy / "models" / "text_encoders" / "umt5_xxl_fp16.safetensors"
    elsewhere = {"model.te_name_or_path": str(file), **ELSEWHERE}
    where = weights.resolve(str(comfy), "i2v", elsewhere)
    assert where.text_encoder == file and where.tokenizer == TINY_WEIGHTS
    tokenizer, ours = weights.load_text(where, dtype, "cpu")
    theirs = UMT5EncoderModel.from_pretrained(TINY_WEIGHTS, subfolder="text_encoder", dtype=dtype).eval()
    same_weights(ours, theirs)
    tokens = tokenizer(["a red circle moves left"], return_tensors="pt")
    with torch.no_grad():
        assert torch.equal(ours(**tokens).last_hidden_state, theirs(**tokens).last_hidden_state)


def test_the_names_of_the_real_vae_are_those_that_diffusers_translates():
    with torch.device("meta"):
        real = AutoencoderKLWan()
    state = {comfy_files.original_vae(name, 2): tensor for name, tensor in real.state_dict().items()}
    translated = convert_wan_vae_to_diffusers(dict(state))
    assert translated.keys() == real.state_dict().keys()
    ours = {diffusers_name(name, 2): tensor for name, tensor in state.items()}
    assert ours.keys() == translated.keys()
    assert all(ours[name] is tensor for name, tensor in translated.items())


def test_what_a_header_says_of_the_tiny_vae_is_its_configuration(comfy):
    found = vae_file.read(comfy / "models" / "vae" / "wan_2.1_vae.safetensors").config
    own = comfy_files.config(TINY_WEIGHTS / "vae")
    assert found == {name: own[name] for name in found} and len(found) == 7


def test_what_a_header_says_of_the_tiny_expert_is_its_configuration(comfy):
    path = comfy / "models" / "diffusion_models" / "wan2.2_i2v_high_noise_14B_fp16.safetensors"
    found = ExpertFile.read(path)
    own = comfy_files.config(TINY_WEIGHTS / "transformer")
    assert found.task == "i2v" and found.config == {name: own[name] for name in found.config}


def test_the_tokenizer_inside_the_text_encoders_file_is_used(comfy, tmp_path):
    words = test_pieces.model(test_pieces.VOCABULARY)
    file = comfy_files.write_text(TINY_WEIGHTS / "text_encoder", tmp_path / "umt5.safetensors", words)
    where = weights.resolve(str(comfy), "i2v", {"model.te_name_or_path": str(file)})
    assert where.text_encoder == where.tokenizer == file
    tokenizer, _ = weights.load_text(where, torch.float32, "cpu")
    assert tokenizer("a red").input_ids == [4, 5, 1]


def test_a_fingerprint_is_of_the_files_that_are_used(comfy, tmp_path):
    elsewhere = {"model.te_name_or_path": str(TINY_WEIGHTS)}
    where = weights.resolve(str(comfy), "i2v", elsewhere)
    assert weights.fingerprint(where, "text_encoder") == weights.fingerprint(TINY_WEIGHTS, "text_encoder")
    copy = comfy_files.write_vae(TINY_WEIGHTS / "vae", tmp_path / "wan_2.1_vae.safetensors")
    other = weights.resolve(str(comfy), "i2v", {**elsewhere, "model.vae_path": str(copy)})
    assert weights.fingerprint(where, "vae") == weights.fingerprint(other, "vae")
    assert weights.fingerprint(where, "vae") != weights.fingerprint(TINY_WEIGHTS, "vae")


def test_wans_own_names_of_the_text_encoder_are_known(tmp_path):
    """As in files for other nodes than ComfyUI's own: the table is that of Wan's code."""
    table = {
        "shared": "token_embedding", "encoder.final_layer_norm": "norm", "encoder.block": "blocks",
        "layer.0.SelfAttention.relative_attention_bias": "pos_embedding.embedding", "layer.0.SelfAttention": "attn",
        "layer.0.layer_norm": "norm1", "layer.1.layer_norm": "norm2", "layer.1.DenseReluDense.wi_0": "ffn.gate.0",
        "layer.1.DenseReluDense.wi_1": "ffn.fc1", "layer.1.DenseReluDense.wo": "ffn.fc2",
    }  # fmt: skip
    state = {}
    for name, tensor in comfy_files.read(TINY_WEIGHTS / "text_encoder").items():
        for before, after in table.items():
            name = comfy_files.component(name, before, after)
        state[name] = tensor
    save_file(state, tmp_path / "umt5-xxl-enc-bf16.safetensors")
    ours = single_files.text_encoder(tmp_path / "umt5-xxl-enc-bf16.safetensors", torch.float32)
    same_weights(ours, UMT5EncoderModel.from_pretrained(TINY_WEIGHTS, subfolder="text_encoder", dtype=torch.float32))
