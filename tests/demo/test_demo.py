"""The demo in a few steps on a few of its clips: that everything is there and agrees; what it learns is measured by
`make demo` itself."""

import shutil
from pathlib import Path

import pytest
import torch

from wannb import demo
from wannb.data.video import probe
from wannb.job import Job, preflight

torch.set_num_threads(1)


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory):
    patch = pytest.MonkeyPatch()
    patch.setattr(demo, "SHOWN", 1)
    out, few = tmp_path_factory.mktemp("demo"), tmp_path_factory.mktemp("clips")
    patch.setattr(demo, "demo_job", lambda *chosen, whole=demo.demo_job: _quick(whole(*chosen), few))
    (out / "tiny_t2v_motion").mkdir()  # taken
    (out / "tiny_t2v_motion" / "mine.txt").write_text("precious")
    yield demo.run_demo("t2v", "motion", out, steps=2)
    patch.undo()


def _quick(job: Job, folder: Path) -> Job:
    """`job` with previews of two steps, on the first clips of its set, which are copied to `folder`."""
    for file in sorted(Path(job.datasets[0].folder_path).glob("*_0[0-5].*")):
        shutil.copy(file, folder)
    job.datasets[0].folder_path = str(folder)
    job.sample.sample_steps = 2
    return job


def test_it_takes_a_new_name_and_nothing_away(result) -> None:
    assert result.run.name == "tiny_t2v_motion_2"
    assert (result.run.parent / "tiny_t2v_motion" / "mine.txt").read_text() == "precious"


def test_everything_it_names_is_there(result) -> None:
    (clip,) = result.clips
    assert all(probe(clip[side]).frames == 33 for side in ("base", "lora"))
    assert clip["image"] is None and "orbit" in clip["prompt"]
    assert len(list(result.export.glob("*_noise.safetensors"))) == 2
    assert list(result.export.glob("*_workflow.json"))
    shown = probe(result.comparison)
    assert (shown.frames, shown.codec) == (33, "h264")
    assert result.comparison.with_suffix(".jpg").is_file()


def test_scores_are_the_means_of_the_clips_in_a_unit(result) -> None:
    (clip,) = result.clips
    assert result.unit == "degrees turned"
    assert result.scores == clip["scores"]
    assert set(result.scores) == {"base", "lora"}


@pytest.mark.parametrize("task", ["i2v", "t2v"])
@pytest.mark.parametrize("kind", demo.SCORE)
def test_every_demo_is_a_job_without_errors_that_ai_toolkit_could_read(task: str, kind: str, tmp_path: Path) -> None:
    job = demo.demo_job(kind, task, tmp_path)
    assert not [finding for finding in preflight.findings(job) if finding.severity == "error"]
    assert job.task == task and job.stages == ["high", "low"]
    assert all((sample.image is not None) == (task == "i2v") for sample in job.samples)
    job.save(tmp_path / "job.yaml")
    assert type(job).load(tmp_path / "job.yaml").to_dict() == job.to_dict()
