"""AI Toolkit's own jobs: the faults of its default are all named, and so is what is done otherwise here."""

from collections import Counter
from pathlib import Path

import pytest

from wannb.data.outlook import estimate
from wannb.job import Job
from wannb.job.preflight import findings
from wannb.job.rules.resources import resource_findings

DEFAULT = Path(__file__).parent / "files" / "ai_toolkit_new_i2v_job.yaml"
FAULTS = {
    "sample-no-control-image": 10,
    "many-samples": 1,
    "swap-every-step": 1,
    "i2v-one-frame": 1,
    "longer-samples": 1,
    "bucket-for-card": 1,
    "text-encoder-stays": 1,
    "not-built": 0,
}


@pytest.fixture
def default(tmp_path):
    job = Job.load(DEFAULT)
    job.datasets[0].folder_path, job.training_folder = str(tmp_path), str(tmp_path / "_runs")
    return job


def test_the_faults_of_the_default_are_all_named(default):
    found = Counter(one.code for one in findings(default))
    assert {code: found[code] for code in FAULTS} == FAULTS
    said = {one.code: one for one in findings(default)}
    assert "1024 px" in said["bucket-for-card"].message and "24 GB" in said["bucket-for-card"].message
    assert "41 frames and 1 frame" in said["longer-samples"].message


def test_its_previews_take_most_of_the_time(default):
    found = {one.code: one for one in resource_findings(default, estimate(default, []))}
    assert "previews-cost" in found
    found["previews-cost"].cure(default)
    assert default.sample.sample_every > 250


def test_each_of_them_is_cured_but_the_first_frames_which_need_clips(default):
    for _ in range(20):
        found = [one for one in findings(default) if one.cure and one.severity != "info"]
        if not found:
            break
        found[0].cure(default)
    assert {one.code for one in findings(default) if one.severity != "info"} == {"sample-no-control-image"}
    assert default.sample.num_frames == default.datasets[0].num_frames == 41
    assert default.datasets[0].resolution == [512, 768] and default.train.switch_boundary_every == 10


OWN = {"wannb": {"kind": "motion"}}
DIFFERENCES = [
    ({}, "ai-toolkit-boundary"),
    ({"model": {"arch": "wan22_14b"}}, "ai-toolkit-shift"),
    ({"train": {"timestep_type": "sigmoid"}}, "ai-toolkit-sigmoid"),
    ({"datasets": [{"network_weight": 2}]}, "weight-is-draws"),
    ({"datasets": [{}, {"is_reg": True}], "train": {"switch_boundary_every": 1}}, "reg-with-switch-one"),
    ({"datasets": [{"caption_dropout_rate": 0.1}], "trigger_word": "frung"}, "dropout-to-empty"),
    ({"train": {"gradient_accumulation": 2}}, "accumulation-averaged"),
    ({"datasets": [{"shrink_video_to_frames": False}]}, "true-rate"),
    ({"model": {"quantize": True, "qtype": "uint4", "qtype_te": "qfloat8"}}, "qtype-te"),
    ({"datasets": [{"num_frames": 33, "cache_latents_to_disk": True}]}, "ai-toolkit-cache"),
    ({"model": {"model_kwargs": {"train_low_noise": False}}}, "one-expert-loaded"),
]


def imported(sections):
    base = {
        "type": "sd_trainer",
        "model": {"arch": "wan22_14b_i2v", "name_or_path": "x/y"},
        "train": {"timestep_type": "linear", "switch_boundary_every": 10},
        "datasets": [{}],
    }
    process = {
        name: {**base.get(name, {}), **values} if isinstance(values, dict) else values
        for name, values in {**base, **sections}.items()
    }
    return Job.from_dict({"job": "extension", "config": {"name": "a", "process": [process]}})


@pytest.mark.parametrize(("sections", "code"), DIFFERENCES, ids=[code for _, code in DIFFERENCES])
def test_what_is_done_otherwise_is_said_of_what_the_file_sets(sections, code):
    (found,) = [one for one in findings(imported(sections)) if one.code == code]
    assert found.severity == "info" and "AI Toolkit" in found.message + found.fix
    imported(sections).get(found.where)
    assert code not in {one.code for one in findings(imported({**sections, **OWN}))}
    if sections:
        assert code not in {one.code for one in findings(imported({}))}


def test_text_to_video_has_the_same_boundary_there(default):
    default.model.arch = "wan22_14b"
    assert "ai-toolkit-boundary" not in {one.code for one in findings(default)}
