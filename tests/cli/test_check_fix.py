"""`wannb check --fix`: what a button would do, done from a shell, and told."""

from pathlib import Path

import pytest

from tests.train import small_job
from wannb.job import Job


@pytest.fixture
def file(tmp_path: Path, monkeypatch) -> Path:
    """A job file with faults of which one is left to a person."""
    monkeypatch.chdir(tmp_path)
    small_job.clips(tmp_path / "clips")
    job = small_job.job(tmp_path, "wannb/tiny-wan2.2-i2v", "i2v", disable_sampling=False, lr=1e-4, steps=100)
    job.datasets[0].folder_path, job.datasets[0].caption_dropout_rate = "clips", 0.05
    job.datasets[0].num_frames = job.sample.num_frames = 8
    job.train.cache_text_embeddings = True
    job.save(tmp_path / "job.yaml")
    return tmp_path / "job.yaml"


def test_fix_mends_in_place_and_says_what(shell, file: Path) -> None:
    told = shell("check", file, "--fix", "--json")
    assert told.code == 0 and told.json["job"] == str(file)
    assert {"not-4n1", "sample-no-control-image"} <= {one["code"] for one in told.json["fixed"]}
    assert not {one["code"] for one in told.json["findings"]} & {"not-4n1", "sample-no-control-image"}
    job = Job.load(file)
    assert job.datasets[0].num_frames == job.sample.num_frames == 9 and job.samples[0].image.is_file()
    before = file.stat().st_mtime_ns
    again = shell("check", file, "--fix", "--json")
    assert again.json["fixed"] == [] and file.stat().st_mtime_ns == before


def test_fix_for_people(shell, file: Path) -> None:
    told = shell("check", file, "--fix")
    lines = told.out.splitlines()
    assert "Now datasets[0].num_frames is 9, sample.num_frames is 9." in lines[0] + lines[1]
    assert lines[-1].startswith(str(file))
    assert not [line for line in lines if line.startswith("error")]


def test_fix_elsewhere_leaves_the_file_alone_and_finds_the_same_clips(shell, file: Path, tmp_path: Path) -> None:
    before = file.read_text()
    out = tmp_path / "other" / "mended.yaml"
    told = shell("check", file, "--fix", "-o", out, "--json")
    assert told.code == 0 and told.json["job"] == str(out) and file.read_text() == before
    assert Job.load(out).datasets[0].folder_path == str(tmp_path / "clips")
    assert shell("check", file, "--fix", "-o", out).code == 1
    beside = tmp_path / "mended.yaml"
    shell("check", file, "--fix", "-o", beside)
    assert "folder_path: clips" in beside.read_text()


def test_what_is_left_to_people_is_1(shell, file: Path) -> None:
    job = Job.load(file)
    job.datasets[0].folder_path = "nowhere"
    job.save(file)
    told = shell("check", file, "--fix", "--json")
    assert told.code == 1 and "folder-missing" in {one["code"] for one in told.json["findings"]}


def test_without_fix_nothing_is_written(shell, file: Path) -> None:
    before = file.read_text()
    assert shell("check", file, "-o", "x.yaml").code == 2
    told = shell("check", file, "--json")
    assert "fixed" not in told.json and file.read_text() == before
