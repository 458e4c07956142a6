"""Every planted fault is found, with the right code and severity, and its cure, where it has one, removes it alone."""

import copy
import json
import random

import pytest

from tests.job.planted import FAULTS, REMOVED
from wannb.job import Job
from wannb.job.preflight import findings
from wannb.refusal import Refusal

SECTION_6 = {
    "tensor a (36) must match b (16)": ["an I2V sample without a control image", "a control image that is not there"],
    "caching latents is not supported": ["latents not cached"],
    "motion too fast against the source": ["previews longer than trained", "previews at another rate"],
    "camera does not move": ["a motion without high noise", "a motion that favors low noise"],
    "details or faces worse than base": ["a character of rank 8", "a character without low noise", "a high rate"],
    "overfits": ["a motion of 6000 steps", "a character without DOP", "a rank of 128"],
    "out of memory": [
        "1024 px on 24 GB", "81 frames on 24 GB", "batches of 4 on 24 GB", "two experts on 24 GB",
        "the text encoder on 24 GB",
    ],
    "tens of seconds a step": ["a swap at every step", "1024 px on 24 GB"],
}  # fmt: skip
"""The troubles that the guides name (guide.md 6), and faults that bring them; tests/data has more, in clips."""


def set_at(mapping, key, value, folder):
    """Set a dotted key of the process, in the first item of each list."""
    place, *below = mapping["config"]["process"][0], *key.split(".")
    for part in below[:-1]:
        place = place.setdefault(part.removesuffix("[]"), [{}] if part.endswith("[]") else {})
        place = place[0] if isinstance(place, list) else place
    if value is REMOVED:
        place.pop(below[-1], None)
    else:
        place[below[-1]] = json.loads(json.dumps(value).replace("{}", str(folder))) if _is_named(value) else value


def _is_named(value):
    return "{}" in json.dumps(value) and value != {}


def job_with(mapping, put, folder):
    changed = copy.deepcopy(mapping)
    for key, value in put.items():
        set_at(changed, key, value, folder)
    return Job.from_dict(changed)


@pytest.fixture(autouse=True)
def no_hub(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_planted_fault_is_found_and_cured(mapping, tmp_path, fault):
    good = job_with(mapping, fault.given, tmp_path)
    assert fault.code not in {one.code for one in findings(good, fault.machine)}

    job = job_with(mapping, {**fault.given, **fault.put}, tmp_path)
    before = findings(job, fault.machine)
    found = next(one for one in before if one.code == fault.code)
    assert found.severity == fault.severity
    assert found.message.endswith(".") and (found.fix.endswith((".", "?")) or not found.fix), found
    assert (found.cure is not None) == fault.curable
    json.dumps(found.to_dict())
    if fault.curable:
        found.cure(job)
        after = findings(job, fault.machine)
        assert (found.code, found.where) not in {(one.code, one.where) for one in after}
        assert errors(after) <= errors(before)
        assert Job.from_dict(job.to_dict()).process.model_dump() == job.process.model_dump()


NAMES = list(FAULTS)


@pytest.mark.parametrize("seed", range(8))
def test_of_several_faults_each_cure_still_mends_its_own_and_breaks_nothing(mapping, tmp_path, seed):
    chance = random.Random(seed)
    for _ in range(8):
        picked = [FAULTS[name] for name in chance.sample(NAMES, 3)]
        put = {key: value for one in picked for key, value in one.given.items()}
        put |= {key: value for one in picked for key, value in one.put.items()}
        try:
            job = job_with(mapping, put, tmp_path)
        except (Refusal, AttributeError, KeyError, IndexError):  # they do not go together
            continue
        machine = next((one.machine for one in picked if one.machine), None)
        before = findings(job, machine)
        for finding in {(one.code, one.where): one for one in before if one.cure}.values():
            mended = Job.from_dict(job.to_dict())
            finding.cure(mended)
            after = findings(mended, machine)
            assert finding not in after and errors(after) <= errors(before), (finding, put)


def errors(found):
    return {(one.code, one.where) for one in found if one.severity == "error"}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_every_place_is_a_setting_that_a_panel_can_go_to(mapping, tmp_path, fault):
    job = job_with(mapping, {**fault.given, **fault.put}, tmp_path)
    for finding in findings(job, fault.machine):
        if finding.code != "unknown-key":
            job.get(finding.where)


def test_the_good_job_has_none_of_them(mapping):
    assert len(FAULTS) >= 60
    assert findings(Job.from_dict(mapping)) == []


def test_every_trouble_of_the_guides_is_among_them():
    assert len(SECTION_6) == 8 and all(FAULTS[name] for names in SECTION_6.values() for name in names)


def test_what_holds_for_all_samples_is_said_once(mapping):
    process = mapping["config"]["process"][0]
    process["sample"]["samples"] = [{**process["sample"]["samples"][0], "prompt": f"a frung {i}"} for i in range(3)]
    process["sample"].update(width=1000, fps=8, num_frames=81)
    found = findings(Job.from_dict(mapping))
    assert sorted(one.code for one in found) == ["longer-samples", "sample-fps", "sample-size"]
    assert {one.where for one in found} == {"sample.num_frames", "sample.fps", "sample.width"}


def test_the_older_prompts_are_cured_where_they_stand(mapping):
    process = mapping["config"]["process"][0]
    image = process["sample"].pop("samples")[0]["ctrl_img"]
    process["sample"]["prompts"] = [f"a frung cat --w 500 --ctrl_img {image}", f"a frung dog --ctrl_img {image}"]
    job = Job.from_dict(mapping)
    (found,) = findings(job)
    assert (found.code, found.where) == ("sample-size", "sample.prompts")
    found.cure(job)
    assert findings(job) == [] and [one.width for one in job.samples] == [496, 512]
    assert [one.prompt for one in job.samples] == ["a frung cat", "a frung dog"]


def test_words_after_two_hyphens_are_kept_and_flags_stay_flags(mapping):
    sample = mapping["config"]["process"][0]["sample"]["samples"][0]
    sample["prompt"] = "a frung cat -- seen from above --w 512 -- at night --gr 0.7"
    job = Job.from_dict(mapping)
    (found,) = findings(job)
    assert found.code == "prompt-cut" and "seen from above" in found.message
    found.cure(job)
    assert job.samples[0].prompt == "a frung cat, seen from above, at night" and job.samples[0].width == 512
    sample["prompt"] = "a frung cat --ctrl_img /a b/my first image.png --w 512 --gr 0.7"
    assert "prompt-cut" not in {one.code for one in findings(Job.from_dict(mapping))}


def test_the_cpu_has_no_card(mapping):
    process = mapping["config"]["process"][0]
    process["wannb"]["vram_gb"], process["datasets"][0]["resolution"] = 24, [1024]
    assert {one.code for one in findings(Job.from_dict(mapping))} == {"bucket-for-card", "low-vram-off"}
    process["device"] = "cpu"
    assert findings(Job.from_dict(mapping)) == []


def test_small_clips_fit_in_larger_batches_and_longer(mapping):
    process = mapping["config"]["process"][0]
    process["wannb"]["vram_gb"], process["model"]["low_vram"], process["train"]["switch_boundary_every"] = 24, True, 10
    process["train"]["batch_size"] = 4
    process["datasets"][0].update(num_frames=81, resolution=[128])
    assert findings(Job.from_dict(mapping)) == []
