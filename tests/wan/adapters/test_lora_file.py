"""The LoRA file: complete against the 14B, and the live adapter over again wherever it is loaded."""

import pytest
import torch
from diffusers import UniPCMultistepScheduler, WanImageToVideoPipeline, WanPipeline, WanTransformer3DModel
from PIL import Image
from safetensors import safe_open
from safetensors.torch import save_file

from tests import tiny_pipeline
from wannb.job import schedule
from wannb.refusal import Refusal
from wannb.wan import previews, text
from wannb.wan.adapters import lora, lora_file
from wannb.wan.adapters.adapter import Adapter
from wannb.wan.loading import weights

FACTS = {
    "name": "orbit",
    "task": "i2v",
    "expert": "high",
    "boundary": 0.9,
    "shift": 5.0,
    "steps": 250,
    "trigger": "frung",
    "base_model": "org/model@1",
}
PIPELINE = {"t2v": WanPipeline, "i2v": WanImageToVideoPipeline}


def expected_14b(rank):
    """Key -> shape of all 800 tensors, written out from the original model's own names."""
    linears = {f"{kind}_attn.{name}": (5120, 5120) for kind in ("self", "cross") for name in "qkvo"}
    linears |= {"ffn.0": (13824, 5120), "ffn.2": (5120, 13824)}
    keys = {}
    for block in range(40):
        for name, (outputs, inputs) in linears.items():
            keys[f"diffusion_model.blocks.{block}.{name}.lora_A.weight"] = [rank, inputs]
            keys[f"diffusion_model.blocks.{block}.{name}.lora_B.weight"] = [outputs, rank]
    return keys


@pytest.mark.parametrize("in_channels", [16, 36])
def test_complete_against_the_14b(tmp_path, in_channels):
    with torch.device("meta"):
        expert = WanTransformer3DModel(in_channels=in_channels).to(torch.bfloat16)
    lora.attach(expert, Adapter("lora", 1, 1), seed=0)
    shapes = {
        name.replace(".default.", "."): parameter.shape
        for name, parameter in expert.named_parameters()
        if parameter.requires_grad and ".lora_" in name
    }
    state = {name: torch.zeros(shape) for name, shape in shapes.items()}
    lora_file.write(tmp_path / "x.safetensors", state, Adapter("lora", 1, 1), torch.bfloat16, {})
    with safe_open(tmp_path / "x.safetensors", "pt") as file:
        written = {name: file.get_slice(name).get_shape() for name in file.keys()}
    assert written == expected_14b(1) and len(written) == 800
    converted = WanPipeline.lora_state_dict(str(tmp_path / "x.safetensors"))
    assert {name.removeprefix("transformer.") for name in converted} == shapes.keys()


def test_equal_weights_and_facts_give_equal_bytes(tmp_path):
    state = {f"blocks.0.attn1.to_q.lora_{side}.weight": torch.ones(2, 2) for side in "AB"}
    files = [tmp_path / f"{i}.safetensors" for i in range(6)]
    for path in files:
        lora_file.write(path, state, Adapter("lora", 2, 2), torch.bfloat16, lora_file.header(**FACTS))
    assert len({path.read_bytes() for path in files}) == 1


def experts_with_loras(folder, rank, alpha):
    experts = {}
    for seed, expert in enumerate(("high", "low")):
        experts[expert] = weights.load_expert(folder, expert, torch.float32, "cpu")
        lora.attach(experts[expert], Adapter("lora", rank, alpha), seed=seed)
        tiny_pipeline.shake(experts[expert], seed)
    return experts


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(("rank", "alpha"), [(4, 4), (4, 8), (4, 3)])
@pytest.mark.parametrize("task", ["t2v", "i2v"])
def test_the_pair_in_plain_diffusers_equals_the_live_adapters(folders, tmp_path, task, rank, alpha, dtype):
    live = experts_with_loras(folders[task], rank, alpha)
    before = {expert: tiny_pipeline.forward(model) for expert, model in live.items()}
    for expert, model in live.items():
        lora_file.write(tmp_path / f"{expert}.safetensors", lora.state(model), Adapter("lora", rank, alpha), dtype, {})
    if dtype == torch.bfloat16:  # the file's rounding is then part of what is compared
        for expert, model in live.items():
            lora_file.load(model, tmp_path / f"{expert}.safetensors")
            torch.testing.assert_close(tiny_pipeline.forward(model), before[expert], rtol=0.05, atol=0.05)

    pipeline = PIPELINE[task].from_pretrained(folders[task])
    base = [tiny_pipeline.forward(expert) for expert in (pipeline.transformer, pipeline.transformer_2)]
    pipeline.load_lora_weights(str(tmp_path), weight_name="high.safetensors")
    pipeline.load_lora_weights(str(tmp_path), weight_name="low.safetensors", load_into_transformer_2=True)
    for loaded, expert, without in zip(
        (pipeline.transformer, pipeline.transformer_2), ("high", "low"), base, strict=True
    ):
        output = tiny_pipeline.forward(loaded)
        torch.testing.assert_close(output, tiny_pipeline.forward(live[expert]), rtol=1e-4, atol=1e-5)
        assert (output - without).abs().max() > 0.05

    clip = sample_with_diffusers(pipeline, task)
    ours = sample_with_ours(folders[task], live, task)
    assert abs(clip.astype(int) - ours.astype(int)).max() <= 1


def sample_with_diffusers(pipeline, task):
    shift = schedule.SHIFT[task]
    pipeline.scheduler = UniPCMultistepScheduler.from_config(pipeline.scheduler.config, flow_shift=shift)
    image = {"image": Image.new("RGB", (48, 32), (200, 30, 60))} if task == "i2v" else {}
    frames = pipeline(
        prompt="a red circle",
        negative_prompt="slow",
        width=48,
        height=32,
        num_frames=5,
        num_inference_steps=4,
        guidance_scale=3.0,
        guidance_scale_2=2.0,
        generator=torch.Generator().manual_seed(9),
        **image,
    ).frames[0]
    return (frames * 255).round().astype("uint8")


def sample_with_ours(folder, experts, task):
    vae, (tokenizer, encoder) = weights.load_vae(folder, "cpu"), weights.load_text(folder, torch.float32, "cpu")
    facts = weights.facts(folder)
    components = previews.Components(
        experts["high"], experts["low"], vae, facts.boundary, facts.shift, weights.load_scheduler_config(folder)
    )
    image = Image.new("RGB", (48, 32), (200, 30, 60)) if task == "i2v" else None
    request = previews.Request(48, 32, 5, 9, 4, 3.0, 2.0, image)
    return previews.sample(components, request, tuple(text.encode(tokenizer, encoder, ["a red circle", "slow"])))


def written(tmp_path, rank=4, alpha=8, dtype=torch.float32):
    expert = tiny_pipeline.transformer("i2v")
    lora.attach(expert, Adapter("lora", rank, alpha), seed=0)
    tiny_pipeline.shake(expert, 0)
    path = tmp_path / "orbit_high_noise.safetensors"
    lora_file.write(path, lora.state(expert), Adapter("lora", rank, alpha), dtype, lora_file.header(**FACTS))
    return expert, path


def test_the_header_tells_what_the_file_is(tmp_path):
    _, path = written(tmp_path)
    header = lora_file.read(path)[1]
    ours = {"rank": "4", "alpha": "8", "task": "i2v", "expert": "high", "boundary": "0.9", "steps": "250"}
    ours |= {"trigger": "frung", "base_model": "org/model@1", "shift": "5.0"}
    assert {key: header[f"wannb.{key}"] for key in ours} == ours and header["wannb.version"]
    assert header["ss_network_dim"] == header["ss_network_alpha"] == "4"
    assert "lora_adapter_metadata" not in header and header["modelspec.title"] == "orbit"


@pytest.mark.parametrize("alpha", [8, 3])
def test_a_file_fits_an_adapter_of_any_scale(tmp_path, alpha):
    expert, path = written(tmp_path, 4, 8)
    output, base = tiny_pipeline.forward(expert), expert.state_dict()
    for attached in (None, alpha):
        other = tiny_pipeline.transformer("i2v")
        other.load_state_dict({k.replace(".base_layer", ""): v for k, v in base.items() if ".lora_" not in k})
        if attached:
            lora.attach(other, Adapter("lora", 4, attached), seed=3)
        lora_file.load(other, path)
        torch.testing.assert_close(tiny_pipeline.forward(other), output, rtol=1e-5, atol=1e-5)


def test_names_go_there_and_back(tmp_path):
    expert, path = written(tmp_path)
    assert lora_file.read(path)[0].keys() == lora.state(expert).keys()


def test_other_files_are_refused(tmp_path):
    path = tmp_path / "x.safetensors"
    with pytest.raises(Refusal, match="cannot be read"):
        lora_file.read(path)
    path.write_text("not a tensor in sight")
    with pytest.raises(Refusal, match="cannot be read"):
        lora_file.read(path)
    for key in ("transformer.blocks.0.attn1.to_q.lora_A.weight", "lora_unet_blocks_0_ffn_0.lora_up.weight"):
        save_file({key: torch.zeros(2, 2)}, path)
        with pytest.raises(Refusal, match="no Wan LoRA key"):
            lora_file.read(path)
    save_file({"diffusion_model.blocks.0.ffn.0.lora_A.weight": torch.zeros(2, 2)}, path)
    with pytest.raises(Refusal, match="holds only lora_A.weight"):
        lora_file.read(path)


def test_a_foreign_alpha_is_folded_in(tmp_path):
    key = "diffusion_model.blocks.0.ffn.0"
    tensors = {f"{key}.lora_A.weight": torch.ones(4, 2), f"{key}.lora_B.weight": torch.ones(2, 4)}
    save_file(tensors | {f"{key}.alpha": torch.tensor(2.0)}, tmp_path / "x.safetensors")
    state, _ = lora_file.read(tmp_path / "x.safetensors")
    assert state["blocks.0.ffn.net.0.proj.lora_B.weight"].unique().tolist() == [0.5]
    assert state["blocks.0.ffn.net.0.proj.lora_A.weight"].unique().tolist() == [1.0]
