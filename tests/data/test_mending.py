"""`wannb.mend`: all that a button can mend, and nothing that would make it worse."""

import shutil
from dataclasses import replace

import good_sets
import pytest

import wannb
from wannb.data import mending
from wannb.data.preflight import check
from wannb.job import Finding
from wannb.job.cures import Put


@pytest.fixture
def job(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    good_sets.clips(tmp_path / "clips")
    return good_sets.job(tmp_path, "character")


def errors(found):
    return {(one.code, one.where) for one in found if one.severity == "error"}


def test_a_good_job_is_left_as_it_is(job):
    before = job.to_dict()
    assert wannb.mend(job) == [] and job.to_dict() == before


def test_all_that_has_a_cure_is_cured_and_told(job):
    for sample in job.sample.samples:
        sample.ctrl_img = None
    job.sample.num_frames, job.sample.width = 32, 1000
    job.train.optimizer, job.train.lr, job.trigger_word = "lion", 1e-2, None
    job.model.low_vram, job.train.switch_boundary_every = True, 1
    job.network.linear = job.network.linear_alpha = 8
    cured = wannb.mend(job)
    assert {one.code for one in cured} >= {
        "sample-no-control-image", "not-4n1", "sample-size", "not-built", "lr-high", "dop-no-trigger",
        "swap-every-step", "rank-low",
    }  # fmt: skip
    assert [one for one in check(job) if one.severity != "info" and one.cure] == []
    assert (job.train.optimizer, job.train.lr, job.network.linear_alpha) == ("adamw", 1e-4, 32)
    assert all(one.image.is_file() for one in job.samples)


def test_what_only_a_person_can_do_stays(job):
    shutil.rmtree(job.datasets[0].folder_path)
    before = errors(check(job))
    wannb.mend(job)
    assert errors(check(job)) == before == {("folder-missing", "datasets[0].folder_path")}


@pytest.mark.parametrize(
    ("cure", "why"),
    [
        (Put({"datasets[0].num_frames": 40}), "brings an error"),
        (Put({"train.steps": 2100}), "does not help"),
        (Put({"train.lr": -1}), "is refused"),
        (lambda job: None, "does nothing"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_a_cure_that_is_none_is_taken_back(job, monkeypatch, cure, why):
    bad = Finding("bad", "warning", "train.steps", "Something is wrong.", "Mend it.", cure)
    monkeypatch.setattr(mending, "check", lambda job: [*check(job), *([bad] if job.train.steps != 2100 else [])])
    if why == "does not help":
        monkeypatch.setattr(mending, "check", lambda job: [*check(job), bad])
    before = job.to_dict()
    assert wannb.mend(job) == [] and job.to_dict() == before


def test_cures_that_undo_each_other_come_to_an_end(job, monkeypatch):
    def flipping(job):
        other = 2 if job.train.batch_size == 1 else 1
        cure = Put({"train.batch_size": other})
        return [Finding("flip", "warning", "train.batch_size", f"It is {job.train.batch_size}.", "", cure)]

    monkeypatch.setattr(mending, "check", flipping)
    assert 1 <= len(wannb.mend(job)) <= 2


def test_infos_are_left_to_people(job):
    job.datasets[0].cache_latents_to_disk = False
    (info,) = [one for one in check(job) if one.code == "always-cached"]
    assert info.cure and replace(info, cure=None) == info
    assert wannb.mend(job) == [] and job.datasets[0].cache_latents_to_disk is False
