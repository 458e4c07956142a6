"""`wannb fit` takes real steps and says what they took."""

from types import SimpleNamespace

import pytest
import torch

from wannb.job import Job
from wannb.refusal import Refusal
from wannb.runs import fit_beside, fit_report, fitting
from wannb.train import loop


@pytest.fixture(scope="module")
def job():
    made = Job.recipe("motion", "i2v", vram_gb=80)
    made.model.name_or_path, made.device = "wannb/tiny-wan2.2-i2v", "cpu"
    made.model.low_vram = False
    made.train.optimizer, made.train.dtype = "adamw", "fp32"
    made.datasets[0].resolution, made.datasets[0].num_frames = [64, 96], 5
    made.sample.width, made.sample.height, made.sample.num_frames = 64, 64, 5
    made.wannb.high_noise_share = 0.75
    return made


@pytest.fixture(scope="module")
def fitted(job):
    return fitting.fit(job, steps=2)


def test_every_expert_is_measured_on_every_size_the_largest_first(fitted):
    found = [(one.size.width, one.expert) for one in fitted.measured]
    assert found == [(96, "high"), (96, "low"), (64, "high"), (64, "low")]
    assert all(len(one.seconds) == 2 and min(one.seconds) > 0 and one.peak_gib > 0 for one in fitted.measured)


def test_the_mean_is_that_of_the_jobs_mix(fitted):
    shares = {"high": 0.75, "low": 0.25}
    exact = sum(one.size.share * shares[one.expert] * one.median for one in fitted.measured)
    assert fitted.s_per_step == pytest.approx(exact)
    projected = fit_report.as_json(fitted, None)["projection"]
    assert projected["seconds"]["training"] == pytest.approx(exact * fitted.job.train.steps)


def test_a_save_and_a_preview_count(fitted):
    phases = fit_report.as_json(fitted, None)["phases_gib"]
    assert list(phases) == ["training", "saving", "previews"]
    assert fitted.peak_gib == max(phases.values()) and "previews: at most" in str(fitted)
    assert all(one.seconds > 0 for one in fitted.beside)


def test_what_does_not_fit_is_said_with_what_would_make_it(job, monkeypatch):
    def full(*_, **__):
        raise torch.OutOfMemoryError("CUDA out of memory.")

    monkeypatch.setattr(fit_beside, "sample", full)
    found = fitting.fit(job, steps=1)
    data = fit_report.as_json(found, None)
    assert not data["fits"] and "smaller previews" in data["short"] and data["s_per_step"] > 0
    assert any(one["settings"] and one["peak_gib"] > 0 for one in data["advice"])
    monkeypatch.setattr(loop, "accumulate", full)
    data = fit_report.as_json(fitting.fit(job, steps=1), None)
    assert data["s_per_step"] is None and "Out of memory at step" in data["short"] and not data["sizes"]


def test_a_process_is_held_to_a_card_of_which_cuda_takes_its_share(job, monkeypatch):
    held = []

    def hold(fraction, device=None):
        if device is not None:
            torch.cuda._utils._get_device_index(device)  # as torch's own: "cuda" alone is none
        held.append(fraction)

    monkeypatch.setattr(fitting, "device_of", lambda _name: torch.device("cuda"))
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda _: SimpleNamespace(total_memory=100 * fitting.GIB))
    monkeypatch.setattr(torch.cuda, "set_per_process_memory_fraction", hold)
    assert fitting.capped(job, 12) == pytest.approx(12e9 / 2**30)
    assert held == [pytest.approx((12e9 / 2**30 - fitting.CONTEXT_GIB) / 100)]
    assert fitting.capped(job, None) == 100 and len(held) == 1
    with pytest.raises(Refusal, match="less than 200"):
        fitting.capped(job, 200)


def test_without_a_gpu_the_14b_is_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(Refusal, match="--estimate"):
        fitting.fit(Job.recipe("motion", "i2v", vram_gb=80))
