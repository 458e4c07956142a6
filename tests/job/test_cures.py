"""What cures do to a job: all of it or nothing, and what was meant by a slip of the pen."""

import json

import pytest

from wannb.job import Job
from wannb.job.cures import Drop, Put, Rename
from wannb.job.preflight import findings
from wannb.refusal import Refusal


def test_put_sets_all_or_nothing(mapping):
    job = Job.from_dict(mapping)
    before = job.to_dict()
    with pytest.raises(Refusal, match="lr"):
        Put({"train.steps": 7, "train.lr": -1})(job)
    assert job.to_dict() == before
    Put({"train.steps": 7, "wannb.kind": "style"})(job)
    assert (job.train.steps, job.wannb.kind) == (7, "style")


def test_drop_takes_out_what_it_names(mapping):
    mapping["config"]["process"][0]["sample"]["prompts"] = ["a", "b", "c"]
    job = Job.from_dict(mapping)
    Drop("sample.prompts", (0, 2))(job)
    assert job.sample.prompts == ["b"]


def test_a_finding_is_json_whatever_its_cure_does(mapping):
    process = mapping["config"]["process"][0]
    process["sample"]["samples"] = process["sample"]["samples"] * 6
    process["train"]["learning_rat"] = 1
    found = [one.to_dict() for one in findings(Job.from_dict(mapping))]
    assert json.loads(json.dumps(found)) == found
    assert {one["code"]: one["sets"] for one in found}["many-samples"] == {}


def unknown(mapping, section, key, value):
    place = mapping["config"]["process"][0]
    for part in section:
        place = place[part]
    place[key] = value
    job = Job.from_dict(mapping)
    return job, next(one for one in findings(job) if one.code == "unknown-key")


@pytest.mark.parametrize(
    ("section", "key", "value", "meant"),
    [
        (["train"], "stepz", 77, "train.steps"),
        (["train"], "optimiser", "adamw8bit", "train.optimizer"),
        (["train"], "timestep_types", "sigmoid", "train.timestep_type"),
        (["train"], "switch_every", 20, "train.switch_boundary_every"),
        (["train"], "grad_accumulation", 2, "train.gradient_accumulation"),
        (["datasets", 0], "caption_dropout", 0.1, "datasets[0].caption_dropout_rate"),
        (["datasets", 0], "resolutions", [256], "datasets[0].resolution"),
        (["model"], "lowvram", True, "model.low_vram"),
        (["sample", "samples", 0], "control_image", "x.png", "sample.samples[0].ctrl_img"),
        ([], "gradient_checkpointing", False, "train.gradient_checkpointing"),
        (["wannb"], "boundery", 0.9, "wannb.boundary"),
    ],
)
def test_a_key_that_is_nearly_a_settings_becomes_that_setting(mapping, section, key, value, meant):
    mapping["config"]["process"][0]["sample"]["samples"][0].pop("ctrl_img")
    mapping["config"]["process"][0]["train"].pop("timestep_type")
    job, found = unknown(mapping, section, key, value)
    assert meant in found.fix
    found.cure(job)
    assert job.get(meant) == value and job.unknown == []
    assert Job.from_dict(job.to_dict()).get(meant) == value


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        (["train"], "stepz", "many"),
        (["train"], "optimiser", "adagrad"),
        (["train"], "dtypo", "int3"),
        (["train"], "learning_rate", 1e-3),  # the file has lr
        (["train"], "zzz", 1),
        (["datasets", 0], "folder", "/x"),
        ([], "banana", 1),
    ],
)
def test_what_nobody_can_guess_is_left_to_a_person(mapping, section, key, value):
    assert unknown(mapping, section, key, value)[1].cure is None


def test_a_key_that_went_meanwhile_is_a_sentence(mapping):
    with pytest.raises(Refusal, match="any more"):
        Rename("train.stepz", "train.steps")(Job.from_dict(mapping))


def test_the_working_value_nearest_to_what_is_not_built(mapping):
    for given, instead in (
        ("adam8bit", "adamw8bit"), ("lion", "adamw"), ("dadaptation", "prodigy"), ("automagic", "adamw8bit"),
    ):  # fmt: skip
        mapping["config"]["process"][0]["train"]["optimizer"] = given
        job = Job.from_dict(mapping)
        next(one for one in findings(job) if one.code == "not-built").cure(job)
        assert job.train.optimizer == instead
