"""A run on ComfyUI's files is the run on the diffusers folder that they were made of: LoRAs and clips, bit for bit."""

import pytest
from safetensors import safe_open
from safetensors.torch import load_file

from tests import comfy_files
from tests.train import small_job
from wannb.data.preflight import check
from wannb.export.merge import merge
from wannb.export.pair import export
from wannb.job.model import BASES
from wannb.refusal import Refusal
from wannb.runs.trainer import train
from wannb.wan.loading import weights


def trained(folder, model, name, **elsewhere):
    """The LoRA weights and the clips of two steps."""
    job = small_job.job(folder, model, steps=2, switch_boundary_every=1, disable_sampling=False)
    job.name, job.wannb.shift = name, 5.0  # the tiny Wan's own, which single files do not tell
    job.sample.sample_every = 2
    for key, value in elsewhere.items():
        job.put(f"model.{key}", str(value))
    assert not [finding for finding in check(job) if finding.severity == "error"]
    run = train(job).run
    files = sorted((run / "checkpoints").glob("*.safetensors"))
    clips = sorted((run / "previews").rglob("*.mp4"))
    names = [file.name.replace(name, "") for file in files]
    return dict(zip(names, map(load_file, files), strict=True)), [clip.read_bytes() for clip in clips]


def test_a_run_on_single_files_is_the_run_on_the_folder(tmp_path):
    small_job.clips(tmp_path / "clips")
    model = weights.resolve("wannb/tiny-wan2.2-t2v")
    home = comfy_files.comfyui(model, tmp_path / "ComfyUI", "t2v")
    loras, clips = trained(tmp_path, model, "folder")
    ours, ours_clips = trained(
        tmp_path,
        home,
        "files",
        vae_path=home / "models" / "vae" / "wan_2.1_vae.safetensors",
        te_name_or_path=home / "models" / "text_encoders" / "umt5_xxl_fp16.safetensors",
        extras_name_or_path=model,  # the tokenizer
    )
    assert len(loras) >= 2 and loras.keys() == ours.keys()
    for name, tensors in loras.items():
        assert tensors.keys() == ours[name].keys()
        assert all(tensor.equal(ours[name][key]) for key, tensor in tensors.items()), name
    assert len(clips) == 2 and clips == ours_clips


def test_what_leaves_such_a_run_names_no_path_of_this_machine(tmp_path):
    small_job.clips(tmp_path / "clips")
    model = weights.resolve("wannb/tiny-wan2.2-t2v")
    home = comfy_files.comfyui(model, tmp_path / "ComfyUI", "t2v")
    job = small_job.job(tmp_path, home, steps=1)
    job.model.te_name_or_path = str(model)
    result = train(job)
    with safe_open(result.run / "checkpoints" / "small_high_noise.safetensors", "pt") as file:
        assert file.metadata()["wannb.base_model"] == "wan2.2_t2v_high_noise_14B_fp16.safetensors"
    export(result.run, out=tmp_path / "out", to="diffusers")
    (script,) = (tmp_path / "out").glob("*.py")
    assert BASES["wan22_14b"] in script.read_text() and str(tmp_path) not in script.read_text()
    with pytest.raises(Refusal, match="is a single file, and a pair is merged from a folder"):
        merge(result.run, tmp_path / "merged")
