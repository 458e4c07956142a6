"""Files of the real shapes: what is taken, and what is refused by names and headers before anything is loaded."""

import pytest

from tests import tensor_files
from wannb.job import Job
from wannb.job.cost.model_shape import ModelShape
from wannb.job.parts import kinds, noise
from wannb.job.parts.downloads import downloads
from wannb.job.parts.misfit import Misfit
from wannb.job.parts.parts import Parts, locate
from wannb.job.preflight import findings

HIGH, LOW = "wan2.2_{}_high_noise_14B_fp16.safetensors", "wan2.2_{}_low_noise_14B_fp16.safetensors"


def pair(folder, task="i2v", names=(HIGH, LOW), **entries):
    channels = {"t2v": 16, "i2v": 36}[task]
    for name, mark in zip(names, b"HL", strict=True):
        tensor_files.write(folder / name.format(task), tensor_files.expert(channels, **entries), bytes([mark]))
    return folder


@pytest.fixture
def comfy(tmp_path):
    """ComfyUI's folder with the I2V pair in fp16, VAE, text encoder, and files of other models."""
    models = tmp_path / "ComfyUI" / "models"
    pair(models / "diffusion_models")
    tensor_files.write(models / "vae" / "wan_2.1_vae.safetensors", tensor_files.vae())
    tensor_files.write(models / "text_encoders" / "umt5_xxl_fp16.safetensors", tensor_files.text())
    tensor_files.write(models / "vae" / "qwen_image_vae.safetensors", tensor_files.vae())
    tensor_files.write(models / "vae" / "ae.safetensors", {"decoder.conv_in.weight": ("F32", (512, 16, 3, 3))})
    tensor_files.write(models / "text_encoders" / "t5xxl_fp16.safetensors", tensor_files.text(32128, biases=1))
    tensor_files.write(models / "diffusion_models" / "flux1-dev.safetensors", {"img_in.weight": ("BF16", (3072, 64))})
    return models


def said(job_mapping, name, **elsewhere):
    job = Job.from_dict(job_mapping)
    job.model.name_or_path = str(name)
    for key, value in elsewhere.items():
        job.put(f"model.{key}", str(value))
    return [one for one in findings(job) if one.where.startswith("model.") and one.code != "not-built"]


def refused(name, task="i2v", **elsewhere):
    """(code, sentence) of the refusal that a run ends with before it loads anything."""
    with pytest.raises(Misfit) as error:
        kinds.task_of(locate(str(name), task, {f"model.{key}": str(value) for key, value in elsewhere.items()}))
    return error.value.code, str(error.value)


def test_comfyuis_folder_is_a_model(comfy, mapping):
    where = locate(str(comfy.parent), "i2v")
    assert where == Parts(
        comfy / "diffusion_models" / HIGH.format("i2v"),
        comfy / "diffusion_models" / LOW.format("i2v"),
        comfy / "vae" / "wan_2.1_vae.safetensors",
        *[comfy / "text_encoders" / "umt5_xxl_fp16.safetensors"] * 2,
    )
    assert kinds.task_of(where) == "i2v"
    (told,) = said(mapping, comfy)
    assert told.code == "model-parts" and told.severity == "info" and HIGH.format("i2v") in told.message


def test_headers_of_the_real_shapes_give_the_real_configuration(comfy):
    where = locate(str(comfy), "i2v")
    shape = ModelShape.of_configs(
        kinds.expert_config(where.high, "high"), kinds.text_config(where.text_encoder), kinds.vae_config(where.vae)
    )
    real = ModelShape.of_14b("i2v")
    assert (shape.parameters, shape.layers, shape.ffn, shape.vae_width) == (14_288_901_184, 40, real.ffn, 96)
    assert kinds.expert_config(where.low, "low")["num_attention_heads"] == 40
    assert kinds.vae_config(where.vae)["dim_mult"] == [1, 2, 4, 4]


def test_of_both_tasks_the_jobs_pair_is_taken(comfy):
    names = ("Wan2_2-T2V-A14B-HIGH_bf16.safetensors", "Wan2_2-T2V-A14B-LOW_bf16.safetensors")
    pair(comfy / "unet" / "wan", "t2v", names)
    assert locate(str(comfy), "t2v").low.name == "Wan2_2-T2V-A14B-LOW_bf16.safetensors"
    assert locate(str(comfy), "i2v").low.name == LOW.format("i2v")


def test_a_quantized_pair_beside_the_whole_one_is_passed_over(comfy):
    for name in (HIGH, LOW):
        file = comfy / "diffusion_models" / name.format("i2v").replace("fp16", "fp8_scaled")
        tensor_files.write(file, {**tensor_files.expert(36, dtype="F8_E4M3"), "scaled_fp8": ("F8_E4M3", (2,))})
    assert locate(str(comfy), "i2v").high.name == HIGH.format("i2v")


def test_of_two_pairs_one_is_to_be_named(comfy):
    pair(comfy / "diffusion_models", names=("tuned_high_noise.safetensors", "tuned_low_noise.safetensors"))
    code, sentence = refused(comfy)
    assert code == "model-ambiguous" and "tuned_high_noise.safetensors" in sentence
    assert locate(str(comfy / "diffusion_models" / "tuned_low_noise.safetensors"), "i2v").high.name.startswith("tuned")
    named = {"model.unet_path": str(comfy / "diffusion_models" / "tuned_high_noise.safetensors")}
    assert locate(str(comfy), "i2v", named).low.name == "tuned_low_noise.safetensors"


def test_parts_from_elsewhere(comfy, tmp_path):
    hub = "Wan-AI/Wan2.2-I2V-A14B-Diffusers"
    folder = tensor_files.diffusers(tmp_path / "diffusers")
    vae = str(comfy / "vae" / "wan_2.1_vae.safetensors")
    assert locate(hub, "i2v") == hub and locate(str(folder), "i2v") == folder
    assert locate(str(folder), "i2v", {"model.vae_path": vae}) == Parts(folder, folder, tmp_path / vae, folder, folder)
    found = locate(str(comfy), "i2v", {"model.extras_name_or_path": hub})
    assert (found.vae, found.text_encoder, found.tokenizer) == (hub, hub, hub) and found.high.name == HIGH.format("i2v")
    found = locate(hub, "i2v", {"model.unet_path": str(comfy / "diffusion_models" / HIGH.format("i2v"))})
    assert found.low.name == LOW.format("i2v") and found.vae == hub


EXPERT = tensor_files.expert(36, layers=2)
WRONG = {
    "fp8 scaled": ({**tensor_files.expert(36, layers=2, dtype="F8_E4M3"), "scaled_fp8": ("F8_E4M3", (2,))}, "8 bits"),
    "scales beside 16 bits": ({**EXPERT, "blocks.0.ffn.0.scale_weight": ("F32", (1,))}, "8 bits"),
    "plain fp8": (tensor_files.expert(36, layers=2, dtype="F8_E4M3"), "8 bits"),
    "TI2V 5B": (tensor_files.expert(48, 3072, 14336, 2), "48 input channels"),
    "Wan 2.1 1.3B": (tensor_files.expert(16, 1536, 8960, 2), "Wan 2.1"),
    "Wan 2.1 I2V": ({**EXPERT, "blocks.0.cross_attn.k_img.weight": ("F16", (5120, 5120))}, "Wan 2.1 image-to-video"),
    "VACE": ({**EXPERT, "vace_patch_embedding.weight": ("F16", (5120, 96, 1, 2, 2))}, "VACE"),
    "a LoRA": ({"diffusion_model.blocks.0.self_attn.q.lora_A.weight": ("F16", (16, 5120))}, "a LoRA"),
    "a part of a diffusers folder": ({"blocks.0.attn1.to_q.weight": ("F16", (8, 8))}, "diffusers' layout"),
    "a VAE": (tensor_files.vae(), "no Wan model"),
    "a block without weights": ({name: one for name, one in EXPERT.items() if "1.ffn.2" not in name}, "lacks blocks.1"),
    "more than Wan has": ({**EXPERT, "blocks.0.new.weight": ("F16", (8,))}, "blocks.0.new.weight"),
}


@pytest.mark.parametrize("name", WRONG)
def test_another_expert_is_refused_in_check_and_run_with_one_sentence(name, comfy, mapping):
    entries, says = WRONG[name]
    folder = comfy / "diffusion_models"
    for file in (HIGH, LOW):
        tensor_files.write(folder / file.format("i2v"), entries)
    for place in (comfy, folder / HIGH.format("i2v")):
        code, sentence = refused(place)
        assert says in sentence and code in ("wrong-checkpoint", "model-damaged")
        (finding,) = said(mapping, place)
        assert finding.severity == "error" and sentence.startswith(finding.message) and finding.fix


FIRST = {
    "an LFS pointer": (b"version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 28579183\n", "Git LFS"),
    "a pickle": (b"PK\x03\x04" + bytes(100), "pickle"),
    "an old pickle": (b"\x80\x02" + bytes(100), "pickle"),
    "GGUF": (b"GGUF\x03\x00\x00\x00" + bytes(100), "GGUF"),
    "a web page": (b"<!DOCTYPE html><html>" + bytes(100), "web page"),
    "nothing": (b"", "empty or cut off"),
    "noise": (bytes(range(200, 256)) * 9, "no safetensors file"),
    "a header that is none": (b"\x20" + bytes(7) + b"x" * 40, "no safetensors file"),
}


@pytest.mark.parametrize("name", FIRST)
def test_what_is_no_weights_at_all_says_what_it_is(name, comfy, mapping):
    first, says = FIRST[name]
    place = comfy / "diffusion_models" / HIGH.format("i2v")
    place.write_bytes(first)
    assert says in refused(comfy)[1] or "no counterpart" in refused(comfy)[1]
    assert says in refused(place)[1]
    assert says in said(mapping, place)[0].message


def test_a_download_that_was_cut_off(comfy, tmp_path):
    place = comfy / "diffusion_models" / LOW.format("i2v")
    whole = place.stat().st_size
    with open(place, "r+b") as file:
        file.truncate(whole - 1)
    code, sentence = refused(comfy / "diffusion_models" / HIGH.format("i2v"))
    assert code == "model-damaged" and f"{whole - 1} of {whole} bytes" in sentence
    folder = tensor_files.diffusers(tmp_path / "diffusers")
    shard = folder / "transformer_2" / "model.safetensors"
    shard.write_bytes(shard.read_bytes()[:-1])
    assert refused(folder)[0] == "model-damaged"


def test_one_expert_for_both(comfy, tmp_path):
    high, low = (comfy / "diffusion_models" / name.format("i2v") for name in (HIGH, LOW))
    low.unlink()
    low.symlink_to(high)
    assert refused(comfy)[0] == "wrong-expert"
    folder = tensor_files.diffusers(tmp_path / "diffusers")
    low = folder / "transformer_2" / "model.safetensors"
    (folder / "transformer" / "model.safetensors").write_bytes(low.read_bytes())
    assert refused(folder)[0] == "wrong-expert"


def test_an_expert_whose_header_calls_it_the_other_one(comfy):
    high = comfy / "diffusion_models" / HIGH.format("i2v")
    tensor_files.write(high, tensor_files.expert(36), b"H", **{"modelspec.title": "Wan 2.2 I2V low noise"})
    code, sentence = refused(comfy)
    assert code == "wrong-expert" and "calls it the low-noise one" in sentence


def test_a_name_that_says_wan_2_1_is_believed(comfy):
    """T2V 14B of Wan 2.1 has the shapes of Wan 2.2's experts."""
    names = ("wan2.1_t2v_14B_fp16_high.safetensors", "wan2.1_t2v_14B_fp16_low.safetensors")
    pair(comfy / "diffusion_models", "t2v", names)
    assert "Wan 2.1" in refused(comfy, "t2v")[1]
    assert "Wan 2.1" in refused(comfy / "diffusion_models" / names[0], "t2v")[1]


def test_a_pair_needs_both_and_names_that_tell(comfy):
    folder = comfy / "diffusion_models"
    (folder / LOW.format("i2v")).unlink()
    for place in (comfy, folder / HIGH.format("i2v")):
        code, sentence = refused(place)
        assert code == "model-incomplete" and LOW.format("i2v") in sentence
    (folder / HIGH.format("i2v")).rename(folder / "wan.safetensors")
    assert "high- or the low-noise" in refused(folder / "wan.safetensors")[1]
    assert "names say high and low" in refused(comfy)[1]


def test_another_vae_or_text_encoder(comfy, mapping):
    vae, text = comfy / "vae" / "wan2.2_vae.safetensors", comfy / "text_encoders" / "umt5_fp8.safetensors"
    tensor_files.write(vae, tensor_files.vae(48))
    tensor_files.write(text, {**tensor_files.text(dtype="F8_E4M3"), "scaled_fp8": ("F8_E4M3", (2,))})
    assert kinds.task_of(locate(str(comfy), "i2v")) == "i2v"  # the right ones are there too
    assert "48 latent channels" in refused(comfy, vae_path=vae)[1]
    assert "8 bits" in refused(comfy, te_name_or_path=text)[1]
    assert "not UMT5" in refused(comfy, te_name_or_path=comfy / "text_encoders" / "t5xxl_fp16.safetensors")[1]
    (finding,) = said(mapping, comfy, vae_path=vae)
    assert finding.where == "model.vae_path" and finding.code == "wrong-checkpoint"
    (comfy / "vae" / "wan_2.1_vae.safetensors").unlink()
    (comfy / "vae" / "qwen_image_vae.safetensors").unlink()
    (comfy / "text_encoders" / "umt5_xxl_fp16.safetensors").unlink()
    assert "48 latent channels" in refused(comfy)[1]
    assert "8 bits" in refused(comfy, vae_path="Wan-AI/Wan2.2-I2V-A14B-Diffusers")[1]
    vae.unlink(), text.unlink()
    assert "There is no VAE" in refused(comfy)[1]


def test_a_file_of_something_else_or_in_fewer_bits(comfy):
    text, vae = comfy.parent / "text.safetensors", comfy.parent / "vae.safetensors"
    for file, key, of, none in (
        (text, "te_name_or_path", tensor_files.text(), "is no UMT5 text encoder"),
        (vae, "vae_path", tensor_files.vae(), "is no VAE of Wan"),
    ):
        tensor_files.write(file, {**of, "scaled_fp8": ("F8_E4M3", (2,))})
        assert "holds its weights in 8 bits or fewer" in refused(comfy, **{key: file})[1]
        tensor_files.write(file, {"blocks.0.weight": ("F16", (4, 4))})
        assert none in refused(comfy, **{key: file})[1]
        tensor_files.write(file, {**of, **dict.fromkeys(list(of)[:2], ("BF16", (4,)))})
        assert none in refused(comfy, **{key: file})[1]


def test_a_diffusers_folder_with_the_vae_of_ti2v_5b(tmp_path):
    folder = tensor_files.diffusers(tmp_path / "wan")
    (folder / "vae" / "config.json").write_text('{"z_dim": 48}')
    assert "48 latent channels" in refused(folder)[1]


def test_a_text_encoder_of_another_width(comfy):
    narrow = tensor_files.write(comfy.parent / "umt5_base.safetensors", tensor_files.text(width=768))
    assert "768 numbers a token" in refused(comfy, te_name_or_path=narrow)[1]


def test_a_text_encoder_without_its_tokenizer(comfy, tmp_path, mapping):
    text = comfy / "text_encoders" / "umt5_xxl_fp16.safetensors"
    tensor_files.write(text, tensor_files.text(words=False))
    assert "no tokenizer" in refused(comfy)[1]
    assert [one.where for one in said(mapping, comfy)] == ["model.name_or_path"]
    assert [one.where for one in said(mapping, comfy, te_name_or_path=text)] == ["model.te_name_or_path"]
    folder = tensor_files.diffusers(tmp_path / "wan")
    found = locate(str(folder), "i2v", {"model.te_name_or_path": str(text)})
    assert found.text_encoder == text and found.tokenizer == folder


def test_a_folder_with_nothing_but_gguf_says_so(comfy):
    for name in (HIGH, LOW):
        place = comfy / "diffusion_models" / name.format("i2v")
        place.unlink()
        place.with_suffix(".gguf").write_bytes(FIRST["GGUF"][0])
    assert "GGUF" in refused(comfy)[1]


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        ("model_index.json", "lacks model_index.json"),
        ("vae/config.json", "lacks vae/"),
        ("tokenizer/tokenizer_config.json", "lacks tokenizer/"),
        ("text_encoder/model.safetensors", "text_encoder holds no .safetensors"),
        ("transformer/model.safetensors", "transformer holds no .safetensors"),
    ],
)
def test_check_looks_into_the_folder_for_missing_parts(harm, says, tmp_path, mapping):
    folder = tensor_files.diffusers(tmp_path / "wan")
    assert said(mapping, folder) == []
    (folder / harm).unlink()
    (finding,) = said(mapping, folder)
    assert (finding.code, finding.severity) == ("model-incomplete", "error") and says in finding.message


@pytest.mark.parametrize(
    ("name", "expert"),
    [
        ("wan2.2_t2v_high_noise_14B_fp16", "high"),
        ("Wan2_2-I2V-A14B-LOW_bf16", "low"),
        ("wan22Remix_i2vHighV20", "high"),
        ("wan22_lownoise", "low"),
        ("WanLowNoise", "low"),
        ("wan_lowvram_high", "high"),
        ("workflow_flow_slow_below", None),
        ("SLOW_FLOW", None),
        ("highway_allow", None),
        ("high_and_low", None),
    ],
)
def test_what_a_name_says_of_the_expert(name, expert):
    assert noise.named(name) == expert


def test_a_hub_id_that_names_another_model_is_refused_where_experts_are_taken_from_it(mapping, comfy):
    wan21 = "Wan-AI/Wan2.1-T2V-14B-Diffusers"
    assert refused(wan21)[0] == "wrong-checkpoint"
    (finding,) = said(mapping, comfy, unet_path=wan21)
    assert finding.where == "model.unet_path" and "Wan 2.1" in finding.message
    assert locate(str(comfy), "i2v", {"model.vae_path": wan21}).vae == wan21  # the VAE is the same


def test_what_is_fetched_is_what_lies_on_the_hub(mapping, comfy, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(comfy / "hub"))
    job = Job.from_dict(mapping)
    job.model.name_or_path = str(comfy)
    assert downloads(job) == {}
    hub = "ai-toolkit/Wan2.2-I2V-A14B-Diffusers-bf16"
    job.model.te_name_or_path = hub
    assert downloads(job) == {hub: pytest.approx(11.4)}
    job.model.name_or_path, job.model.unet_path = hub, str(comfy)
    assert downloads(job) == {hub: pytest.approx(11.7)}


ODD = {
    "an expert of one number": {"patch_embedding.weight": ("F16", (4,))},
    "an expert without blocks": {name: one for name, one in EXPERT.items() if not name.startswith("blocks")},
    "an expert with a gap": {name.replace("blocks.1.", "blocks.999999999."): one for name, one in EXPERT.items()},
    "an expert whose linears are rows": EXPERT | {"text_embedding.0.weight": ("F16", (4,))},
    "an odd width": tensor_files.expert(36, 100, 64, 1),
}


@pytest.mark.parametrize("name", ODD)
def test_headers_that_no_model_has_are_refused_and_not_tripped_over(name, comfy):
    place = comfy / "diffusion_models" / HIGH.format("i2v")
    tensor_files.write(place, ODD[name])
    assert refused(place)[0] in ("wrong-checkpoint", "model-damaged")


def test_odd_vaes_and_text_encoders_are_refused_and_not_tripped_over(comfy):
    text = {name: one for name, one in tensor_files.text().items() if "SelfAttention.q" not in name}
    tensor_files.write(comfy / "odd_text.safetensors", text)
    tensor_files.write(comfy / "odd_vae.safetensors", dict(list(tensor_files.vae().items())[:2]))
    assert "no UMT5" in refused(comfy, te_name_or_path=comfy / "odd_text.safetensors")[1]
    assert "no VAE of Wan" in refused(comfy, vae_path=comfy / "odd_vae.safetensors")[1]
