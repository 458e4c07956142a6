"""`wannb fit`: the estimate in a shell."""

import pytest
import torch

from wannb.job import Job

CONTRACT = {"fits", "s_per_step", "spread", "compile_s", "tokens", "peak_reserved_gib", "parts_gib", "mfu",
            "projection", "advice"}  # fmt: skip


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "job.yaml"
    Job.recipe("motion", "i2v", 24).save(path)
    return path


def test_the_estimate_has_what_the_contract_says(shell, file):
    told = shell("fit", file, "--estimate", "--json")
    assert told.code == 0
    found = told.json
    assert found.keys() >= CONTRACT
    assert found["spread"] is found["compile_s"] is found["mfu"] is None
    low, high = found["memory_band"]
    assert low < high <= found["card_gib"] and found["fits"] is True and found["estimated"] is True
    assert found["s_per_step"] > 0 and found["tokens"] == max(shape["tokens"] for shape in found["shapes"])
    assert sum(found["projection"]["seconds"].values()) == pytest.approx(found["projection"]["total_seconds"])
    assert {"sentence", "settings", "peak_gib"} == found["advice"][0].keys()


@pytest.mark.parametrize(("card", "fits"), [("12", False), ("141", True)])
def test_for_another_card(shell, file, card, fits):
    told = shell("fit", file, "--estimate", "--vram-gb", card, "--json")
    assert told.json["card_gib"] == float(card) and told.json["fits"] is fits


def test_for_people(shell, file):
    told = shell("fit", file, "--estimate")
    assert told.code == 0
    assert "fits 24 GB" in told.out and "a step" in told.out
    assert "may not fit 20 GB" in shell("fit", file, "--estimate", "--vram-gb", "20").out


def test_a_14b_without_a_gpu_is_refused_in_one_sentence(shell, file, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    told = shell("fit", file)
    assert told.code == 1
    assert len(told.err.splitlines()) == 1 and "--estimate" in told.err


def test_real_steps_of_the_tiny_wan(shell, tmp_path):
    job = Job.recipe("motion", "i2v", vram_gb=80)
    job.model.name_or_path, job.device, job.model.low_vram = "wannb/tiny-wan2.2-i2v", "cpu", False
    job.train.optimizer, job.train.dtype = "adamw", "fp32"
    job.datasets[0].resolution, job.datasets[0].num_frames = [64], 5
    job.sample.width, job.sample.height, job.sample.num_frames = 64, 64, 5
    job.save(tmp_path / "tiny.yaml")
    told = shell("fit", tmp_path / "tiny.yaml", "--steps", "1", "--json")
    assert told.code == 0 and told.json.keys() >= CONTRACT
    assert told.json["fits"] is True and told.json["estimated"] is False
    assert told.json["tokens"] == 2 * 4 * 4 and len(told.json["sizes"]) == 2
    assert told.json["s_per_step"] > 0 and told.json["spread"] == 0
    capped = shell("fit", tmp_path / "tiny.yaml", "--vram-gb", "8")
    assert capped.code == 1 and "--estimate" in capped.err


@pytest.mark.parametrize("memory", ["0", "much", "nan", "1e9"])
def test_no_memory_is_wrong_usage(shell, file, memory):
    assert shell("fit", file, "--estimate", "--vram-gb", memory).code == 2
