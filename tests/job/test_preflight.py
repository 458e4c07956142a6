"""What preflight says, and that it says it for every setting that is not built."""

from pathlib import Path

import pytest

from wannb.job import Job
from wannb.job.preflight import findings
from wannb.job.setting import reason
from wannb.job.settings import SETTINGS
from wannb.refusal import Refusal

EXAMPLE = Path(__file__).parent / "files" / "wan22_t2v_24gb.yaml"


def codes(mapping, severity="error"):
    return [one.code for one in findings(Job.from_dict(mapping)) if one.severity == severity]


def put(mapping, key, value):
    """Set a dotted key of the process, in the first item of each list."""
    place, *below = mapping["config"]["process"][0], *key.split(".")
    for part in below[:-1]:
        place = place.setdefault(part.removesuffix("[]"), [{}] if part.endswith("[]") else {})
        place = place[0] if isinstance(place, list) else place
    place[below[-1]] = value


def test_nothing_is_said_of_a_good_job(mapping):
    assert findings(Job.from_dict(mapping)) == []


def test_the_example_lacks_nothing(tmp_path):
    job = Job.load(EXAMPLE)
    job.datasets[0].folder_path = str(tmp_path)
    assert [one for one in findings(job) if one.severity == "error"] == []
    job.model.name_or_path = "wannb/tiny-wan2.2-t2v"
    assert [one for one in findings(job) if one.severity == "error"] == []
    (found,) = [one for one in findings(job) if one.code == "adapter-wrong"]
    found.cure(job)
    assert job.model.qtype == "uint4" and "adapter-wrong" not in [one.code for one in findings(job)]


def another(one):
    """A value of the setting's type that is none of those built."""
    candidates = [True, False, 7, 0.25, 1.5, "other", ["x"], {"x": 1}, [{"x": 1}], *(one.choices or ())]
    for value in candidates:
        if value not in one.built and fits(one, value):
            return value
    raise AssertionError(f"no value to try for {one.key}")


def fits(one, value):
    from pydantic import TypeAdapter, ValidationError

    try:
        read = TypeAdapter(one.type, config={"strict": True}).validate_python(value)
    except ValidationError:
        return False
    in_range = (
        not isinstance(value, int | float)
        or (one.ge is None or value >= one.ge)
        and (one.le is None or value <= one.le)
    )
    known = not (one.choices and isinstance(value, str)) or value in one.choices
    return read == value and in_range and known


def refusals(one):
    """A value that is refused, for every reason there is."""
    return [value for value in one.choices if value not in one.built] if one.choices else [another(one)]


UNBUILT = [one for one in SETTINGS if one.built is not True and one.of is None]
INERT = [one for one in SETTINGS if one.inert and not one.choices and "cache_latents" not in one.key]


@pytest.mark.parametrize("one", UNBUILT, ids=lambda one: one.key)
def test_what_is_not_built_is_refused_by_name_and_with_its_reason(mapping, one):
    for value in refusals(one):
        put(mapping, one.key, value)
        (finding,) = [f for f in findings(Job.from_dict(mapping)) if f.code == "not-built"]
        assert finding.severity == "error" and finding.where.replace("[0]", "[]") == one.key
        assert one.label in finding.message and finding.where in finding.message and finding.where in finding.fix
        why = reason(value, one.why)
        assert len(why) > 10 and finding.message.endswith(f" is not built: {why}.")


def test_every_refused_value_has_a_reason_and_no_other():
    for one in SETTINGS:
        assert one.built is True or one.why, one.key
        assert one.built is not True or not one.why, one.key
        if isinstance(one.why, dict):
            assert set(one.why) == {value for value in one.choices if value not in one.built}, one.key


@pytest.mark.parametrize("one", INERT, ids=lambda one: one.key)
def test_what_has_no_effect_says_so(mapping, one):
    usual = (one.default, one.absent)
    values = [value for value in (True, False, 7, "other", {"x": 1}) if fits(one, value) and value not in usual]
    put(mapping, one.key, values[0])
    (finding,) = findings(Job.from_dict(mapping))
    assert (finding.code, finding.severity) == ("no-effect", "info") and one.built is True
    put(mapping, one.key, one.default)
    assert findings(Job.from_dict(mapping)) == []


def test_help_that_denies_an_effect_belongs_to_a_setting_without_one():
    said = {one.key for one in SETTINGS if "no effect" in one.help.lower()}
    assert said <= {one.key for one in SETTINGS if one.inert}


def test_what_belongs_to_a_switch_is_looked_at_where_it_is_on(mapping):
    put(mapping, "network.old_lokr_format", True)
    assert codes(mapping) == []
    put(mapping, "network.type", "lokr")
    assert codes(mapping) == ["not-built"]


@pytest.mark.parametrize("one", UNBUILT, ids=lambda one: one.key)
def test_its_built_values_pass(mapping, one):
    for value in one.built:
        put(mapping, one.key, value)
        assert "not-built" not in codes(mapping)


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("datasets[].num_frames", 40, "not-4n1"),
        ("sample.num_frames", 12, "not-4n1"),
        ("sample.width", 1000, "sample-size"),
        ("sample.samples", [{"prompt": "x"}], "sample-no-control-image"),
        ("sample.samples", [{"prompt": "x", "ctrl_img": "/no/such.png"}], "control-image-missing"),
        ("sample.samples", [{"prompt": "x --w wide"}], "bad-flag"),
        ("datasets", [], "no-dataset"),
        ("datasets[].folder_path", "/no/such/folder", "folder-missing"),
        ("datasets[].folder_path", None, "no-folder"),
        ("model.name_or_path", "", "no-model"),
        ("model.model_kwargs", {"train_high_noise": False, "train_low_noise": False}, "no-stage"),
        ("train.optimizer", "adamm", "unknown-choice"),
        ("train.dtype", "int3", "unknown-choice"),
        ("train.dtype", "float16", "not-built"),
    ],
)
def test_errors(mapping, key, value, code):
    put(mapping, key, value)
    assert codes(mapping) == [code]


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("train.learning_rate", 1, "unknown-key"),
        ("model.low_vram", True, "swap-every-step"),
        ("sample.samples", [], "no-samples"),
    ],
)
def test_warnings(mapping, key, value, code):
    put(mapping, key, value)
    assert codes(mapping, "warning") == [code]


def test_one_frame_to_learn_from_is_none_for_image_to_video(mapping):
    put(mapping, "datasets[].num_frames", 1)
    assert codes(mapping, "warning") == ["i2v-one-frame", "longer-samples"]


def test_triggers_without_a_word(mapping):
    put(mapping, "sample.samples[].prompt", "[trigger] in a park")
    assert codes(mapping, "warning") == ["no-trigger"]
    put(mapping, "trigger_word", "frung")
    assert codes(mapping, "warning") == []


def test_frame_counts_name_the_nearest_two(mapping):
    put(mapping, "datasets[].num_frames", 40)
    (finding,) = [one for one in findings(Job.from_dict(mapping)) if one.code == "not-4n1"]
    assert "37" in finding.fix and "41" in finding.fix and finding.to_dict()["where"] == "datasets[0].num_frames"


def test_previews_are_not_judged_where_there_are_none(mapping):
    put(mapping, "sample.samples", [{"prompt": "x", "width": 17}])
    put(mapping, "train.disable_sampling", True)
    assert codes(mapping) == []


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("train.lr", "1e300"),
        ("train.lr", ".inf"),
        ("train.steps", "1000000000"),
        ("train.batch_size", "1000000000000"),
        ("train.gradient_accumulation", "1000000000"),
        ("train.optimizer_params", "{betas: [2, 0.9]}"),
        ("network.linear_alpha", ".inf"),
        ("datasets", "[{num_frames: 1000000001}]"),
        ("datasets", "[{num_repeats: 1000000000}]"),
        ("sample", "{num_frames: 1000000001}"),
        ("sample", "{guidance_scale: .nan}"),
        ("datasets", "[{caption_ext: ../x}]"),
        ("datasets", "[{caption_ext: '.'}]"),
        ("datasets", '[{folder_path: "a\\0b"}]'),
        ("device", "tpu"),
        ("training_seed", "10000000000000000000"),
        ("sample", "{seed: 10000000000000000000}"),
        ("device", "meta"),
    ],
)
def test_values_that_no_run_can_mean_are_refused_where_they_stand(tmp_path, key, value):
    """Otherwise they fail as an overflow or fill the memory, when the experts are loaded already."""
    section, _, field = key.partition(".")
    line = f"{{{field}: {value}}}" if field else value
    path = tmp_path / "job.yaml"
    path.write_text(
        f"job: extension\nconfig:\n  name: a\n  process:\n  - {section}: {line}\n    model: {{arch: wan22_14b}}\n"
    )
    with pytest.raises(Refusal, match=f"{section}|NUL"):
        Job.load(path)
