"""Every verb that needs no training, on clips and jobs made here."""

from pathlib import Path

import pytest
import yaml

from tests.train import small_job
from wannb.cli.findings import listed
from wannb.data.preflight import check
from wannb.job import Finding, Job


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    folder = small_job.clips(tmp_path / "clips", image=True)
    (folder / "broken.mp4").write_text("not a video")
    return folder


def test_inspect_tells_what_will_be_sampled(shell, clips: Path) -> None:
    told = shell("inspect", clips, "--num-frames", 5, "--resolution", 32, "--json")
    assert told.code == 0
    first = told.json["clips"][1]
    assert (first["ok"], first["width"], first["height"], first["frames"]) == (True, 32, 32, 9)
    assert first["caption"] == "a red circle"
    assert first["picked"] == [0, 2, 4, 6, 8]
    assert first["buckets"] == [[32, 32]]
    refused = [clip for clip in told.json["clips"] if not clip["ok"]]
    assert [Path(clip["path"]).name for clip in refused] == ["broken.mp4"]
    assert "unreadable" in {finding["code"] for finding in told.json["findings"]}


def test_inspect_takes_frames_at_a_true_rate_in_windows(shell, clips: Path) -> None:
    told = shell("inspect", clips, "--num-frames", 5, "--resolution", 32, "--fps", 16, "--windows", 2, "--json")
    first = told.json["clips"][1]
    assert first["windows"] == [[0, 1, 2, 3, 4], [4, 5, 6, 7, 8]] and first["picked"] == first["windows"][0]
    assert first["frames_used"] == 1 and first["lost"] == [{"bucket": [32, 32], "cropped": 0.0, "scale": 1.0}]
    assert shell("inspect", clips, "--windows", 2).code == 1


def test_inspect_for_people_names_every_clip(shell, clips: Path) -> None:
    told = shell("inspect", clips)
    assert told.code == 0
    assert all(name in told.out for name in ("clip0.mp4", "clip2.mp4", "still.png", "broken.mp4"))


def test_inspect_of_nothing_fails(shell, tmp_path: Path) -> None:
    assert shell("inspect", tmp_path / "nowhere").code == 1
    told = shell("inspect", tmp_path / "nowhere", "--json")
    assert told.code == 1
    assert told.json["findings"][0]["code"] == "no-folder"


def test_new_writes_a_job_that_check_accepts_as_a_job(shell, clips: Path, tmp_path: Path) -> None:
    (clips / "broken.mp4").unlink()
    target = tmp_path / "job.yaml"
    told = shell("new", "motion", "--task", "t2v", "--vram", 80, "--data", clips, "-o", target, "--json")
    assert (told.code, told.json["job"]) == (0, str(target))
    process = yaml.safe_load(target.read_text())["config"]["process"][0]
    assert process["model"]["arch"] == "wan22_14b"
    assert process["datasets"][0]["folder_path"] == str(clips)
    checked = shell("check", target, "--json")
    assert checked.json["findings"] == told.json["findings"]
    assert checked.code == 0


def test_new_takes_a_trigger_word(shell, clips: Path, tmp_path: Path) -> None:
    target = tmp_path / "job.yaml"
    assert shell("new", "character", "--trigger", "frung", "--data", clips, "-o", target).code == 0
    process = yaml.safe_load(target.read_text())["config"]["process"][0]
    assert process["trigger_word"] == "frung" and process["train"]["diff_output_preservation"] is True


def test_new_never_writes_over_a_file(shell, clips: Path, tmp_path: Path) -> None:
    target = tmp_path / "job.yaml"
    target.write_text("mine")
    told = shell("new", "motion", "--data", clips, "-o", target)
    assert told.code == 1
    assert target.read_text() == "mine"


def test_new_without_a_name_for_the_file_takes_the_jobs(shell, clips: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    told = shell("new", "style", "--data", clips, "--name", "ink_v1", "--json")
    assert told.json["job"] == "ink_v1.yaml"
    assert Job.load("ink_v1.yaml").name == "ink_v1"


def test_check_has_1_where_a_job_would_not_train(shell, clips: Path, tmp_path: Path) -> None:
    job = small_job.job(tmp_path, tmp_path, "i2v", disable_sampling=False)
    job.save(tmp_path / "job.yaml")
    told = shell("check", tmp_path / "job.yaml", "--json")
    assert told.code == 1
    codes = {finding["code"]: finding["severity"] for finding in told.json["findings"]}
    assert codes["sample-no-control-image"] == "error"
    assert codes["unreadable"] == "warning"
    assert codes["one-frame-i2v"] == "warning"
    assert all(set(finding) >= {"code", "severity", "where", "message", "fix"} for finding in told.json["findings"])


def test_a_control_image_that_cannot_be_opened_is_found(clips: Path, tmp_path: Path) -> None:
    job = small_job.job(tmp_path, tmp_path, "i2v", disable_sampling=False)
    job.sample.samples[0].ctrl_img = str(clips / "broken.mp4")
    assert "control-image-unreadable" in {finding.code for finding in check(job) if finding.severity == "error"}
    job.sample.samples[0].ctrl_img = str(clips / "still.png")
    assert not {finding.code for finding in check(job)} & {"control-image-unreadable", "sample-no-control-image"}


def test_a_missing_folder_is_said_once(tmp_path: Path) -> None:
    findings = check(small_job.job(tmp_path, tmp_path))
    assert len([finding for finding in findings if "clips" in finding.message]) == 1


def test_errors_come_first(clips: Path, tmp_path: Path) -> None:
    job = small_job.job(tmp_path, tmp_path, "i2v", disable_sampling=False)
    severities = [finding.severity for finding in check(job)]
    assert severities == sorted(severities, key=["error", "warning", "info"].index)


@pytest.mark.parametrize("kind", ["motion", "style", "character"])
def test_a_new_image_to_video_job_has_its_first_frames_beside_it(shell, clips: Path, tmp_path: Path, kind: str) -> None:
    for name in ("broken.mp4", "still.png", "still.txt"):
        (clips / name).unlink()
    target = tmp_path / "jobs" / "job.yaml"
    told = shell("new", kind, "--task", "i2v", "--vram", 80, "--data", clips, "-o", target, "--json")
    assert told.code == 0
    assert [finding for finding in told.json["findings"] if finding["severity"] == "error"] == []
    images = [sample.image for sample in Job.load(target).samples]
    assert len(images) > 1 and {image.parent for image in images} == {tmp_path / "jobs" / "job_first_frames"}


def test_a_job_that_cannot_be_written_leaves_no_first_frames(shell, clips: Path, tmp_path: Path, monkeypatch) -> None:
    def full(*_) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Job, "save", full)
    told = shell("new", "motion", "--data", clips, "-o", tmp_path / "job.yaml")
    assert told.code == 1 and "No space left" in told.err
    assert not (tmp_path / "job_first_frames").exists()


def test_inspect_refuses_what_no_folder_can_be_looked_at_with(shell, clips: Path) -> None:
    for odd in (["--num-frames", 10**9 + 1], ["--caption-ext", "../x"], ["--caption-ext", "."]):
        told = shell("inspect", clips, *odd)
        assert told.code == 1 and len(told.err.splitlines()) == 1 and "should not have happened" not in told.err


def test_many_findings_of_one_kind_are_one_line_and_a_count():
    many = [Finding("short", "warning", f"{i}.mp4", "It is short.") for i in range(30)]
    other = Finding("dark", "info", "a.mp4", "It is dark.")
    lines = listed([*many, other]).splitlines()
    assert lines == [str(many[0]), "  … and the same kind (short) 29 times more", str(other)]
