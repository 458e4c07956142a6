"""Settings that are fine alone and wrong, useless or surprising together: each is said, with a cure."""

from pathlib import Path

import pytest

from tests.train import small_job
from wannb.data.preflight import check
from wannb.job import Job
from wannb.job.preflight import findings

DOP = {"diff_output_preservation": True, "diff_output_preservation_class": "person"}
WARM, LIN = "constant_with_warmup", "linear"
HIGH_ONLY = {"model_kwargs": {"train_low_noise": False}}


def said(mapping, **sections):
    """{code: severity} of a good job with `sections` laid over it; a list of data sets goes over the one set."""
    process = mapping["config"]["process"][0]
    for name, values in sections.items():
        if name == "datasets":
            process["datasets"] = [{**process["datasets"][0], **one} for one in values]
        else:
            process[name] = {**process[name], **values} if isinstance(process.get(name), dict) else values
    found = findings(Job.from_dict(mapping))
    for one in found:
        assert one.message.endswith(".") and (one.fix or one.severity == "info"), one
        assert one.where.split(".")[0].split("[")[0] in {*process, "wannb", "train", "network", "trigger_word"}, one
    return {one.code: one.severity for one in found}


TRAIN = [
    ({}, {"trigger_word": None, "train": DOP}, {"dop-no-trigger": "error"}),
    ({}, {"trigger_word": "frung", "train": DOP}, {}),
    ({}, {"datasets": [{"trigger_word": "frung"}], "train": DOP}, {}),
    ({}, {"datasets": [{}, {"trigger_word": "frung", "is_reg": True}], "train": DOP}, {"dop-no-trigger": "error"}),
    (DOP, {"trigger_word": "frung", "train": {"diff_output_preservation_class": " "}}, {"dop-no-class": "error"}),
    (DOP, {"trigger_word": "frung", "train": {"diff_output_preservation_class": "a frung"}},
     {"dop-class-is-trigger": "error"}),
    (DOP, {"trigger_word": "frung", "train": {"diff_output_preservation_class": "frungs"}}, {}),
    (DOP, {"trigger_word": "frung", "train": {"blank_prompt_preservation": True}}, {"dop-and-bpp": "error"}),
    ({}, {"train": {"blank_prompt_preservation": True}}, {}),
    (DOP, {"trigger_word": "frung", "train": {"unload_text_encoder": True}}, {"unload-over-cache": "info"}),
    ({}, {"train": {"unload_text_encoder": True, "cache_text_embeddings": False}}, {"unload-no-trigger": "warning"}),
    ({}, {"train": {"do_differential_guidance": True}}, {"guidance-from": "info"}),
    ({}, {"wannb": {"differential_guidance": "base"}}, {"guidance-unused": "warning"}),
    ({}, {"train": {"timestep_type": "weighted"}}, {"weighted": "info"}),
    ({}, {"train": {"ema_config": {"ema_decay": 0.5}}}, {}),
    ({}, {"train": {"optimizer": "prodigy", "lr": 1e-4}}, {"prodigy-lr": "warning"}),
    ({}, {"train": {"optimizer": "prodigy", "lr": 1}}, {}),
    ({}, {"train": {"optimizer": "prodigy", "lr": 1}, "wannb": {"high": {"lr": 1e-4}}}, {"prodigy-lr": "warning"}),
    ({}, {"train": {"optimizer": "prodigy", "lr": 1}, "wannb": {"lora_plus_ratio": 4}}, {"lora-plus-prodigy": "error"}),
    ({}, {"train": {"optimizer": "adafactor"}, "wannb": {"lora_plus_ratio": 4}}, {}),
    ({}, {"train": {"optimizer": "adafactor", "optimizer_params": {"eps": 1e-3}}},
     {"optimizer-param-unused": "warning"}),
    ({}, {"train": {"optimizer": "adamw8bit", "optimizer_params": {"eps": 1e-3, "betas": [0.5, 0.9]}}}, {}),
]  # fmt: skip


@pytest.mark.parametrize(("already", "sections", "expected"), TRAIN, ids=range(len(TRAIN)))
def test_learning(mapping, already, sections, expected):
    mapping["config"]["process"][0]["train"].update(already)
    assert said(mapping, **sections) == expected


@pytest.mark.parametrize(
    ("schedule", "params", "expected"),
    [
        ("cosine", {}, {}),
        ("cosine", {"num_warmup_steps": 10, "eta_min": 0}, {}),
        (LIN, {"eta_min": 1e-7}, {}),
        (LIN, {"eta_min": 0.1}, {"schedule-rises": "warning"}),
        (LIN, {"eta_min": "low"}, {"schedule-param": "error"}),
        (LIN, {"eta_min": -1}, {"schedule-param": "error"}),
        (LIN, {"eta_min": float("nan")}, {"schedule-param": "error"}),
        (LIN, {"eta_min": True}, {"schedule-param": "error"}),
        (LIN, {"num_warmup_steps": 2.5}, {"schedule-param": "error"}),
        (LIN, {"num_warmup_steps": None}, {"schedule-param": "error"}),
        (LIN, {"num_warmup_steps": -1}, {"schedule-param": "error"}),
        (LIN, {"num_warmup_steps": [1]}, {"schedule-param": "error"}),
        (LIN, {"num_warmup_steps": 1000}, {"warmup-too-long": "warning"}),
        (LIN, {"T_max": 100}, {"schedule-param": "error"}),
        (WARM, {}, {"schedule-param": "error"}),
        (WARM, {"num_warmup_steps": 10}, {}),
        (WARM, {"num_warmup_steps": 10, "eta_min": 0}, {"schedule-params-unused": "warning"}),
        ("constant", {"num_warmup_steps": "x"}, {"schedule-params-unused": "warning"}),
        ("constant", {}, {}),
    ],
)
def test_schedules(mapping, schedule, params, expected):
    train = {"lr": 1e-4, "steps": 1000, "lr_scheduler": schedule, "lr_scheduler_params": params}
    assert said(mapping, train=train) == expected


def test_an_unknown_number_of_a_schedule_is_answered_with_the_known_ones(mapping):
    mapping["config"]["process"][0]["train"].update(lr_scheduler="cosine", lr_scheduler_params={"T_max": 9})
    (finding,) = findings(Job.from_dict(mapping))
    assert finding.where == "train.lr_scheduler_params" and "T_max" in finding.message
    assert "num_warmup_steps" in finding.fix and "eta_min" in finding.fix


@pytest.mark.parametrize(
    ("model", "wannb", "expected"),
    [
        ({}, {"high_noise_share": 0}, {"share-starves": "error"}),
        ({}, {"high_noise_share": 1}, {"share-starves": "error"}),
        ({}, {"high_noise_share": 0.7, "high": {"rank": 8}, "low": {"lr": 1e-5}}, {}),
        (HIGH_ONLY, {"high_noise_share": 0.7}, {"share-unused": "warning"}),
        (HIGH_ONLY, {"high_noise_share": 0.5, "high": {"rank": 8}}, {}),
        (HIGH_ONLY, {"low": {"alpha": 8}}, {"expert-off": "warning"}),
        ({}, {"boundary": 1.0}, {"boundary-starves": "error"}),
        ({}, {"boundary": 0.95}, {}),
    ],
)
def test_experts(mapping, model, wannb, expected):
    assert said(mapping, model=model, wannb=wannb) == expected


@pytest.mark.parametrize(
    ("datasets", "wannb", "expected"),
    [
        ([{}], {"windows": 2}, {"windows-unused": "warning"}),
        ([{"auto_frame_count": True, "shrink_video_to_frames": False}], {"windows": 2}, {"windows-unused": "warning"}),
        ([{}, {"shrink_video_to_frames": False}], {"windows": 2}, {}),
        ([{"fps": 12}], {}, {}),
        ([{"auto_frame_count": True}], {}, {"auto-over-shrink": "info"}),
        ([{"auto_frame_count": True, "shrink_video_to_frames": False, "num_frames": 40}], {}, {}),
        ([{"is_reg": True}], {}, {"only-regularization": "error"}),
        ([{"is_reg": True}, {}], {}, {}),
        ([{"network_weight": 0}], {}, {"nothing-drawn": "error"}),
        ([{"network_weight": 0}, {"is_reg": True}], {}, {"nothing-drawn": "error"}),
        ([{"network_weight": 0}, {}], {}, {"never-drawn": "warning"}),
        ([{"mask_path": "/no/such/masks"}], {}, {"no-mask-folder": "error"}),
        ([{"invert_mask": True}], {}, {"mask-unused": "warning"}),
        ([{"mask_min_value": 0.1}], {}, {"mask-unused": "warning"}),
        ([{}], {"hold_out": True}, {"hold-out-unused": "warning"}),
        ([{}], {"hold_out": True, "validate_every": 50}, {}),
    ],
)
def test_data_sets(mapping, datasets, wannb, expected):
    assert said(mapping, datasets=datasets, wannb=wannb) == expected


def test_masks_that_are_there_are_fine(mapping, tmp_path):
    assert said(mapping, datasets=[{"mask_path": str(tmp_path), "invert_mask": True, "mask_min_value": 0.1}]) == {}


@pytest.mark.parametrize(
    ("network", "wannb", "expected"),
    [
        ({"type": "lokr"}, {}, {"lokr-full-rank": "info"}),
        ({"type": "lokr", "lokr_full_rank": False}, {"lora_plus_ratio": 4}, {"lora-plus-lokr": "error"}),
        ({"pretrained_lora_path": "{}/lora.safetensors"}, {}, {}),
        ({"pretrained_lora_path": "{}"}, {}, {}),
        ({"pretrained_lora_path": "{}/first.png"}, {}, {"start-format": "error"}),
        ({"pretrained_lora_path": "{}/none.safetensors"}, {}, {"start-missing": "error"}),
        ({"type": "lokr", "lokr_full_rank": False, "pretrained_lora_path": "{}"}, {}, {"start-lokr": "error"}),
    ],
)
def test_adapters(mapping, tmp_path, network, wannb, expected):
    Path(tmp_path / "lora.safetensors").touch()
    placed = {key: value.format(tmp_path) if isinstance(value, str) else value for key, value in network.items()}
    assert said(mapping, network=placed, wannb=wannb) == expected


def test_the_clips_do_not_say_again_what_the_job_said(tmp_path):
    small_job.clips(tmp_path / "clips")
    for values in ({"is_reg": True}, {"network_weight": 0}, {"mask_path": "/no/such"}, {"num_frames": 4}):
        job = small_job.job(tmp_path, "x/y")
        for key, value in values.items():
            setattr(job.datasets[0], key, value)
        assert len([one for one in check(job) if one.severity == "error"]) == 1, values


def test_blocks_longer_than_the_run_leave_an_expert_without_a_turn(mapping):
    train = {"steps": 2000, "switch_boundary_every": 1000}
    assert said(mapping, train=train, wannb={"high_noise_share": 0.7}) == {"no-turn": "warning"}
    assert said(mapping, train=train, wannb={"high_noise_share": 0.5}) == {}
    assert said(mapping, train={"steps": 500}, wannb={"high_noise_share": 0.5}) == {"no-turn": "warning"}
