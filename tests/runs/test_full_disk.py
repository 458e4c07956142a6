"""A file system of a few hundred kilobytes: training ends with a sentence, and goes on when there is room."""

import subprocess

import pytest

from tests.runs.test_failures import facts, made
from wannb.data.video_file import read_meta
from wannb.refusal import Refusal
from wannb.runs import state
from wannb.runs.run import Run
from wannb.runs.rundir import RunDir
from wannb.runs.trainer import train
from wannb.runs.whole import is_whole


def mount(folder, *options):
    done = subprocess.run(["mount", "-t", "tmpfs", *options, "tmpfs", str(folder)], capture_output=True)
    return done.returncode == 0


@pytest.fixture
def small_disk(tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    try:
        if not mount(folder, "-o", "size=64k"):
            pytest.skip("no right to mount here")
    except FileNotFoundError:
        pytest.skip("nothing to mount with")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def everything_is_whole(run):
    assert all(is_whole(file) for file in run.checkpoints.glob("*.safetensors"))
    assert [path for path in run.path.rglob(".*") if path.name != ".lock"] == []
    for clip in run.previews.rglob("*.mp4"):
        assert read_meta(clip)["prompt"]


def test_it_ends_with_a_sentence_and_goes_on_when_there_is_room(tmp_path, small_disk, models):
    job = made(tmp_path, models)
    job.train.disable_sampling, job.sample.sample_every = False, 2
    train(job)
    whole, caches = facts(job), job.cache_dir
    job.training_folder, job.wannb.cache_folder = str(small_disk), str(caches)
    run, said, steps = RunDir(job.run_dir), [], []
    for size in range(64, 2000, 48):
        assert mount(small_disk, "-o", f"remount,size={size}k")
        try:
            train(job, resume=True)
            break
        except Refusal as refusal:
            said.append(str(refusal))
        everything_is_whole(run)
        newest = state.newest(run.state)
        steps.append(int(newest.name) if newest else 0)
    assert len(said) > 3 and all("The disk is full" in one and "free there" in one for one in said)
    assert steps == sorted(steps) and steps[-1] >= 2
    assert facts(job) == whole
    assert Run(job.run_dir).checkpoint().low.exists()
