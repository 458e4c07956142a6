"""A job that was edited while its run lay still: what the weights can follow is applied, the rest is refused."""

from pathlib import Path

import pytest

from tests.train import small_job
from wannb.job import Job
from wannb.job.settings import SETTINGS
from wannb.refusal import Refusal
from wannb.runs.claim import BOUND, changes, check_changes
from wannb.runs.run import Run
from wannb.runs.rundir import RunDir
from wannb.runs.trainer import train

EDITS = {  # what the saved weights cannot follow → another value of it
    "name": "b",
    "model.arch": "wan22_14b_i2v",
    "model.name_or_path": "x/other",
    "model.unet_path": "x/other",
    "model.model_kwargs.train_high_noise": False,
    "model.model_kwargs.train_low_noise": False,
    "network.type": "lokr",
    "network.linear": 8,
    "network.linear_alpha": 8,
    "network.lokr_full_rank": False,
    "network.lokr_factor": 8,
    "network.network_kwargs.ignore_if_contains": ["attn2"],
    "network.network_kwargs.only_if_contains": ["attn1"],
    "network.network_kwargs.parameter_threshold": 1000,
    "network.pretrained_lora_path": "lora.safetensors",
    "wannb.high.rank": 8,
    "wannb.low.rank": 8,
    "wannb.high.alpha": 8,
    "wannb.low.alpha": 8,
}


def job():
    return small_job.job(Path("x"), Path("base"))


def edited(key, value):
    """A copy of the small job with one dotted setting changed."""
    changed = job()
    *sections, field = key.split(".")
    place = changed
    for section in sections:
        place = getattr(place, section)
    setattr(place, field, value)
    return changed


@pytest.mark.parametrize("key", EDITS)
def test_what_the_weights_cannot_follow_is_refused_with_both_values_and_a_way_on(key):
    changed = changes(job(), edited(key, EDITS[key]))
    assert list(changed) == [key]
    before, now = changed[key]
    with pytest.raises(Refusal) as refused:
        check_changes(RunDir(job().run_dir), changed)
    assert f"{key} was {before!r} and is now {now!r}, but " in str(refused.value)
    assert "Change it back" in str(refused.value) and "another name" in str(refused.value)


def test_every_refused_change_is_tried_here_and_is_a_setting():
    assert set(EDITS) == set(BOUND) <= {one.key for one in SETTINGS}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("training_seed", 7),
        ("trigger_word", "slow"),
        ("train.optimizer", "adafactor"),
        ("train.lr_scheduler", "cosine"),
        ("train.timestep_type", "sigmoid"),
        ("train.switch_boundary_every", 5),
        ("wannb.high_noise_share", 0.7),
        ("wannb.boundary", 0.8),
        ("wannb.low.lr", 1e-5),
        ("network.dropout", 0.1),
        ("network.conv", 4),
        ("device", "cuda"),
    ],
)
def test_anything_else_may_change(key, value):
    changed = changes(job(), edited(key, value))
    assert list(changed) == [key] and changed[key][1] == value
    check_changes(RunDir(job().run_dir), changed)


def test_all_refused_changes_are_told_at_once():
    now = edited("network.linear", 8)
    now.wannb.high.rank = 2
    with pytest.raises(Refusal, match=r"network\.linear was.*wannb\.high\.rank was"):
        check_changes(RunDir(now.run_dir), changes(job(), now))


def test_a_data_set_may_come_and_go():
    before, now = job(), Job.from_dict(job().to_dict())
    now.datasets = [*now.datasets, *job().datasets]
    check_changes(RunDir(now.run_dir), changes(before, now))
    assert any(key.startswith("datasets[1].") for key in changes(before, now))


def test_an_edited_job_is_applied_from_the_next_step_on_and_the_run_says_so(tmp_path, models):
    small_job.clips(tmp_path / "clips")
    begun = small_job.job(tmp_path, models["t2v"], steps=2)
    train(begun)
    before = Run(begun.run_dir).metrics()
    later = small_job.job(tmp_path, models["t2v"], steps=4, lr=5e-3, batch_size=1)
    later.training_seed, later.datasets[0].caption_dropout_rate = 7, 0
    assert train(later, resume=True).step == 4
    run = Run(begun.run_dir)
    assert run.metrics()[:2] == before
    assert [row["lr"] for row in run.metrics()] == [1e-2, 1e-2, 5e-3, 5e-3]
    told = {event["setting"]: (event["before"], event["now"]) for event in run.events() if event["event"] == "changed"}
    assert told["train.lr"] == (1e-2, 5e-3) and told["training_seed"] == (None, 7)
    assert told["train.batch_size"] == (2, 1) and told["datasets[0].caption_dropout_rate"] == (0.4, 0)
    assert run.config.train.lr == 5e-3
