"""The exported pair: the run's own files, whole, with what loads them; the script's clip is the live adapters' clip."""

import json
import runpy

import av
import numpy as np
import pytest
import torch
from PIL import Image

from tests import tiny_pipeline
from wannb.export.distilled import Distilled
from wannb.export.pair import export
from wannb.job import Job
from wannb.refusal import Refusal
from wannb.wan import previews, text
from wannb.wan.adapters import lora, lora_file
from wannb.wan.adapters.adapter import Adapter
from wannb.wan.loading import weights

NAME = "orbit_v1"


def make_run(root, folder, task, stages=("high", "low"), steps=(None, 250, 500), alpha=8, samples=True, network=None):
    """A run directory as training leaves it, with a LoRA of its own for each expert and step."""
    run = root / NAME
    facts = weights.facts(folder, task)
    image = root / "first frame.png"
    Image.new("RGB", (64, 64), (200, 40, 90)).save(image)
    prompt = {"prompt": 'a "red" circle\norbits', "neg": "slow", "width": 48, "height": 32, "num_frames": 5}
    prompt |= {"sample_steps": 3, "guidance_scale": 3.0, "seed": 11}
    prompt |= {"ctrl_img": str(image)} if task == "i2v" else {}
    process = {
        "type": "sd_trainer",
        "training_folder": str(root),
        "network": {"type": "lora", "linear": 4, "linear_alpha": alpha} | (network or {}),
        "model": {
            "name_or_path": str(folder),
            "arch": weights.ARCH[task],
            "model_kwargs": {f"train_{expert}_noise": expert in stages for expert in ("high", "low")},
        },
        "sample": {"samples": [prompt] if samples else []},
    }
    job = Job.from_dict({"job": "extension", "config": {"name": NAME, "process": [process]}})
    job.save(run / "config.yaml")
    for seed, expert in enumerate(stages):
        adapter = Adapter.of(job, expert)
        live = tiny_pipeline.transformer(task)
        lora.attach(live, adapter, seed=seed)
        for step in steps:
            tiny_pipeline.shake(live, seed + 10 * (step or 0))
            header = {"name": NAME, "task": task, "expert": expert, "steps": step or 600, "trigger": None}
            header |= {"boundary": facts.boundary, "shift": facts.shift, "base_model": "org/model"}
            middle = "" if step is None else f"_{step:09d}"
            path = run / "checkpoints" / f"{NAME}{middle}_{expert}_noise.safetensors"
            lora_file.write(path, lora.state(live), adapter, torch.float32, lora_file.header(**header))
    return run


def live(folder, files):
    """Both experts with the adapters of `files` (high, low) attached."""
    experts = {}
    for path, expert in zip(files, ("high", "low"), strict=True):
        experts[expert] = weights.load_expert(folder, expert, torch.float32, "cpu")
        lora_file.load(experts[expert], path)
    return experts


def clip(folder, run, experts, shift=None, scheduler=None, **changes):
    """The run's first sample by our own sampling: uint8 [F, H, W, 3]."""
    facts, vae = weights.facts(folder), weights.load_vae(folder, "cpu")
    config = {"prediction_type": "flow_prediction", "use_flow_sigmas": True, **(scheduler or {})}
    parts = previews.Components(
        **experts, vae=vae, boundary=facts.boundary, shift=shift or facts.shift, scheduler_config=config
    )
    wanted = Job.load(run / "config.yaml").samples[0]
    embeds = text.encode(*weights.load_text(folder, torch.float32, "cpu"), [wanted.prompt, wanted.negative])
    return previews.sample(parts, previews.Request.of(wanted, **changes), tuple(embeds))


@pytest.mark.parametrize("task", ["t2v", "i2v"])
def test_comfyui_gets_the_pair_and_a_workflow_that_names_it(folders, tmp_path, task):
    run = make_run(tmp_path, folders[task], task)
    result = export(run, "comfyui")
    assert [path.name for path in result.files] == [f"{NAME}_{e}_noise.safetensors" for e in ("high", "low")]
    for path in result.files:
        assert path.read_bytes() == (run / "checkpoints" / path.name).read_bytes()
    page = json.loads(result.workflow.read_text())
    loras = [node["widgets_values"][0] for node in page["nodes"] if node["type"] == "LoraLoaderModelOnly"]
    assert loras == [path.name for path in result.files]
    api = json.loads(result.extras[0].read_text())
    texts = [node["inputs"]["text"] for node in api.values() if node["class_type"] == "CLIPTextEncode"]
    assert texts == ['a "red" circle\norbits', "slow"]
    if task == "i2v":
        assert result.extras[1].read_bytes() == (tmp_path / "first frame.png").read_bytes()
        assert [n["inputs"]["image"] for n in api.values() if n["class_type"] == "LoadImage"] == [result.extras[1].name]
    assert json.loads(json.dumps(result.to_dict()))["workflow"] == str(result.workflow)


def test_steps_are_chosen_for_each_expert(folders, tmp_path):
    run = make_run(tmp_path, folders["t2v"], "t2v")
    result = export(run, "comfyui", high=250, low=500, out=tmp_path / "mine")
    names = [f"{NAME}_000000250_high_noise.safetensors", f"{NAME}_000000500_low_noise.safetensors"]
    assert [path.name for path in result.files] == names
    assert all(path.parent == tmp_path / "mine" for path in (*result.files, result.workflow))


def test_the_runs_export_folder_holds_one_pair_and_a_given_one_all(folders, tmp_path):
    run = make_run(tmp_path, folders["t2v"], "t2v")
    first = export(run, "comfyui", high=250, low=250)
    mine = run / "export" / "comfyui" / "mine.safetensors"
    mine.write_bytes(b"not ours")
    (run / "checkpoints" / first.files[0].name).unlink()  # a copy that is the last one of its file stays
    second = export(run, "comfyui", high=500, low=500)
    assert (second.replaced, second.beside) == (first.files[1:], first.files[:1])
    assert {*second.files, mine, first.files[0]} == set(mine.parent.glob("*.safetensors"))
    assert second.about_earlier == (
        f"In place of {NAME}_000000250_low_noise.safetensors, which the run still has in checkpoints/. Beside them lie "
        f"{NAME}_000000250_high_noise.safetensors of another export, which nothing here loads."
    )
    assert export(run, "comfyui", high=500, low=500).replaced == []
    for low in (250, 500):
        given = export(run, "comfyui", low=low, out=tmp_path / "loras")
    assert not given.replaced and [path.name for path in given.beside] == [f"{NAME}_000000250_low_noise.safetensors"]
    assert len(list((tmp_path / "loras").glob("*.safetensors"))) == 3


def test_an_unfinished_renamed_run_gives_its_newest_pair(folders, tmp_path):
    run = make_run(tmp_path, folders["t2v"], "t2v", steps=(250, 500)).rename(tmp_path / "moved")
    names = [f"{NAME}_000000500_{expert}_noise.safetensors" for expert in ("high", "low")]
    assert [path.name for path in export(run).files] == names


def test_a_single_stage_run_gives_one_file(folders, tmp_path):
    run = make_run(tmp_path, folders["t2v"], "t2v", stages=("low",))
    assert [path.name for path in export(run).files] == [f"{NAME}_low_noise.safetensors"]
    with pytest.raises(Refusal, match="did not train the high-noise"):
        export(run, high=250)


def test_a_job_without_samples_still_gets_its_workflow(folders, tmp_path):
    run = make_run(tmp_path, folders["i2v"], "i2v", samples=False)
    assert json.loads(export(run).workflow.read_text())["nodes"]
    compile(export(run, "diffusers").workflow.read_text(), "script", "exec")


@pytest.mark.parametrize("to", ["comfyui", "diffusers"])
def test_strengths_a_prompt_and_a_distillation_lora_reach_what_loads_the_pair(folders, tmp_path, to):
    run = make_run(tmp_path, folders["i2v"], "i2v")
    fast = Distilled("/private/loras/fast_high.safetensors", "fast_low.safetensors")
    given = {"high_strength": 0.75, "low_strength": 0.5, "prompt": "another", "distilled": fast}
    text = export(run, to, **given).workflow.read_text()
    assert "/private" not in text and "fast_high.safetensors" in text and "fast_low.safetensors" in text
    if to == "diffusers":
        compile(text, "script", "exec")
        assert "set_adapters(['trained', 'distilled'], [0.75, 1.0])" in text
        assert "prompt='another'" in text and "num_inference_steps=4" in text and "guidance_scale=1.0" in text
        assert "flow_shift=5.0" in text and "solver_order=1" in text
        return
    nodes = [(node["type"], node["widgets_values"]) for node in json.loads(text)["nodes"]]
    assert [values[1] for kind, values in nodes if kind == "LoraLoaderModelOnly"] == [1.0, 0.75, 1.0, 0.5]
    samplers = [values for kind, values in nodes if kind == "KSamplerAdvanced"]
    assert [(values[3], values[4], values[7], values[8]) for values in samplers] == [(4, 1.0, 0, 2), (4, 1.0, 2, 10000)]
    assert ["another"] in [values for kind, values in nodes if kind == "CLIPTextEncode"]
    assert [5.0] in [values for kind, values in nodes if kind == "ModelSamplingSD3"]


def test_the_script_takes_the_strengths(folders, tmp_path):
    run = make_run(tmp_path, folders["t2v"], "t2v")
    clips = {}
    for high, low in ((1.0, 1.0), (0.5, 0.0)):
        result = export(run, "diffusers", high_strength=high, low_strength=low, out=tmp_path / f"{high}")
        clips[high] = np.stack(runpy.run_path(str(result.workflow))["frames"])
    experts = live(folders["t2v"], result.files)
    expected = clip(folders["t2v"], run, experts, high_strength=0.5, low_strength=0.0)
    assert np.abs(clips[0.5].astype(int) - expected).max() <= 1
    assert np.abs(clips[1.0].astype(int) - expected).max() > 1


def test_a_distillation_lora_runs_in_the_script(folders, tmp_path):
    """A copy of the pair as the distillation LoRA: twice our change, in first-order steps without guidance."""
    run = make_run(tmp_path, folders["t2v"], "t2v")
    out = tmp_path / "mine"
    names = {expert: f"fast_{expert}.safetensors" for expert in ("high", "low")}
    result = export(run, "diffusers", out=out, distilled=Distilled(**names))
    for path, name in zip(result.files, names.values(), strict=True):
        (out / name).write_bytes(path.read_bytes())
    frames = np.stack(runpy.run_path(str(result.workflow))["frames"])
    euler = {"solver_order": 1, "disable_corrector": [0, 1, 2, 3]}
    wanted = {"high_strength": 2.0, "low_strength": 2.0, "steps": 4, "guidance_scale": 1.0, "guidance_scale_2": 1.0}
    experts = live(folders["t2v"], result.files)
    expected = clip(folders["t2v"], run, experts, 5.0, euler, **wanted)
    assert np.abs(frames.astype(int) - expected).max() <= 1


def test_what_cannot_be_exported_is_refused(folders, tmp_path):
    run = make_run(tmp_path, folders["t2v"], "t2v", steps=(250,))
    for arguments, words in (
        ((tmp_path,), "no run directory"),
        ((run, "kohya"), "no export to 'kohya'"),
        ((run, "comfyui", 300), "no file of step 300 .* saved steps are 250"),
    ):
        with pytest.raises(Refusal, match=words):
            export(*arguments)
    (run / "checkpoints" / f"{NAME}_000000250_low_noise.safetensors").write_bytes(b"half a fi")
    with pytest.raises(Refusal, match="cannot be read"):
        export(run)
    assert not (run / "export").exists()


LOKR = {"type": "lokr", "lokr_factor": 2}
NETWORKS = {
    "lora": {},
    "some layers": {"network_kwargs": {"only_if_contains": ["blocks.1.self_attn", "ffn"]}},
    "lokr": LOKR,
    "low-rank lokr": LOKR | {"linear": 7, "lokr_full_rank": False},
}


def test_comfyui_gets_a_lokr_as_it_gets_a_lora(folders, tmp_path):
    run = make_run(tmp_path, folders["t2v"], "t2v", network=LOKR)
    result = export(run, "comfyui")
    assert all(path.read_bytes() == (run / "checkpoints" / path.name).read_bytes() for path in result.files)
    assert lora_file.read(result.files[0])[1]["wannb.kind"] == "lokr"


@pytest.mark.parametrize(
    ("task", "network"),
    [("t2v", "lora"), ("i2v", "lora"), ("t2v", "some layers"), ("t2v", "lokr"), ("i2v", "low-rank lokr")],
)
def test_the_diffusers_script_makes_the_live_adapters_clip(folders, tmp_path, task, network):
    run = make_run(tmp_path, folders[task], task, network=NETWORKS[network])
    result = export(run, "diffusers")
    script_frames = np.stack(runpy.run_path(str(result.workflow))["frames"])

    experts = live(folders[task], result.files)
    frames = clip(folders[task], run, experts)
    assert np.abs(script_frames.astype(int) - frames).max() <= 1
    base = clip(folders[task], run, experts, high_strength=0, low_strength=0)
    assert np.abs(base.astype(int) - frames).max() > 5
    with av.open(str(result.workflow.parent / "clip.mp4")) as container:
        assert len(list(container.decode(video=0))) == 5
