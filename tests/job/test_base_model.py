"""What the base model's name and folder say before anything is loaded, and what the cure makes of it."""

import pytest

from tests import tensor_files
from wannb.job import Job, base_model
from wannb.job.model import BASES
from wannb.job.preflight import findings
from wannb.machine import Machine

T2V, I2V = BASES["wan22_14b"], BASES["wan22_14b_i2v"]


def folder(path, high=36, low=36, **more):
    """A model folder whose weights are holes; None leaves an expert out."""
    return str(tensor_files.diffusers(path, high, low, **more))


def found(mapping, name, arch="wan22_14b_i2v"):
    job = Job.from_dict(mapping)
    job.model.arch, job.model.name_or_path = arch, name
    said = [one for one in findings(job) if one.where == "model.name_or_path"]
    return job, said


def cured(mapping, name, arch="wan22_14b_i2v"):
    """(base, architecture) that the cure leaves, after checking that it cures."""
    job, (said,) = found(mapping, name, arch)
    assert said.code == "wrong-checkpoint" and said.severity == "error"
    said.cure(job)
    assert not [one for one in findings(job) if one.severity == "error"]
    return job.model.name_or_path, job.model.arch


@pytest.mark.parametrize(
    "name",
    [
        I2V, "Wan-AI/Wan2.2-I2V-A14B-Diffusers", "someone/my-wan-finetune", "wannb/tiny-wan2.2-i2v", "a/b@refs/pr/1",
        "me/wan22_14b_i2v_v5b2", "me/fun-sunday-i2v",
    ],
)  # fmt: skip
def test_names_that_may_be_right_are_left_alone(mapping, name):
    assert found(mapping, name)[1] == []


def test_a_folder_of_the_right_task_is_fine(mapping, tmp_path):
    assert found(mapping, folder(tmp_path / "t2v-named-but-i2v"))[1] == []


def test_a_folder_of_the_other_task_says_which_architecture_fits(mapping, tmp_path):
    name = folder(tmp_path / "wan", 16, 16)
    assert cured(mapping, name) == (name, "wan22_14b")


def test_but_not_where_previews_would_then_lack_their_first_frames(mapping, tmp_path):
    mapping["config"]["process"][0]["sample"]["samples"] = [{"prompt": "a frung cat"}]
    assert cured(mapping, folder(tmp_path / "wan"), "wan22_14b") == (T2V, "wan22_14b")


def test_a_hub_id_of_the_other_task_gets_the_own_base(mapping):
    assert cured(mapping, "me/wan22-T2V-tuned") == (I2V, "wan22_14b_i2v")
    assert cured(mapping, "wannb/tiny-wan2.2-t2v") == ("wannb/tiny-wan2.2-i2v", "wan22_14b_i2v")


@pytest.mark.parametrize(
    ("build", "says"),
    [
        ({"high": 48, "low": 48}, "TI2V 5B"),
        ({"high": 36, "low": None}, "transformer_2"),
        ({"high": 36, "low": 36, "image_dim": 1280}, "Wan 2.1"),
        ({"high": 36, "low": 16}, "different models"),
        ({"high": None, "low": None}, "no Wan 2.2 14B"),
        ({"high": 36, "low": 36, "_class_name": "FluxTransformer2DModel"}, "FluxTransformer2DModel"),
    ],
)
def test_folders_of_other_models_are_told_apart(mapping, tmp_path, build, says):
    name = folder(tmp_path / "wan", **build)
    assert says in found(mapping, name)[1][0].message
    assert cured(mapping, name) == (I2V, "wan22_14b_i2v")


def test_a_configuration_that_is_none_is_damaged(mapping, tmp_path):
    name = folder(tmp_path / "wan")
    (tmp_path / "wan" / "transformer_2" / "config.json").write_text("{")
    (said,) = found(mapping, name)[1]
    assert said.code == "model-damaged" and "transformer_2/config.json" in said.message


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """The hub's cache, with everything of the I2V base but the low-noise expert."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    home = tmp_path / "hub" / f"models--{I2V.replace('/', '--')}"
    for part in ("transformer", "vae", "text_encoder"):
        (home / "snapshots" / "abc" / part).mkdir(parents=True)
        (home / "snapshots" / "abc" / part / "model.safetensors").touch()
    (home / "refs").mkdir()
    (home / "refs" / "main").write_text("abc")
    return home / "snapshots" / "abc"


def test_what_the_hubs_cache_lacks_is_what_is_downloaded(hub, mapping, monkeypatch):
    assert base_model.folder_of(I2V) == hub and base_model.folder_of(f"{I2V}@abc") == hub
    assert base_model.folder_of(f"{I2V}@other") is None and base_model.folder_of(T2V) is None
    assert base_model.to_download(I2V, ["high"]) == 0
    assert base_model.to_download(I2V, ["high", "low"]) == pytest.approx(28.6)
    assert base_model.to_download(T2V, ["high", "low"]) == pytest.approx(68.9)
    assert base_model.to_download("Wan-AI/Wan2.2-I2V-A14B-Diffusers", ["high", "low"]) == pytest.approx(126.1)
    monkeypatch.delenv("HF_HUB_CACHE")
    monkeypatch.setenv("HF_HOME", str(hub.parents[3] / "home"))
    assert base_model.hub_cache() == hub.parents[3] / "home" / "hub"


def test_a_model_that_is_here_is_not_said_to_be_fetched(hub, mapping):
    laptop = Machine(None, None, 16.0)
    job = Job.from_dict(mapping)
    job.model.name_or_path = I2V
    (said,) = [one for one in findings(job, laptop) if one.code == "download"]
    assert "29 GB" in said.message
    (hub / "transformer_2").mkdir()
    (hub / "transformer_2" / "model.safetensors").touch()
    assert "download" not in {one.code for one in findings(job, laptop)}
