"""From a job to items and their pixels."""

from collections import Counter

import numbered
import numpy as np
import pytest
import torch

from wannb.data import pixels
from wannb.data.cache import clip_key
from wannb.data.items import items_of
from wannb.job import Job


@pytest.fixture
def folder(tmp_path):
    numbered.write(tmp_path / "a.mp4", count=30)
    numbered.write(tmp_path / "b.mp4", count=40, size=(96, 128))
    (tmp_path / "a.txt").write_text("[trigger] turns")
    return tmp_path


def job_of(folder, task="t2v", **settings):
    job = Job.recipe("motion", task=task, data=folder)
    job.trigger_word = "frung"
    dataset = job.datasets[0]
    for name, value in ({"num_frames": 17, "resolution": [64]} | settings).items():
        setattr(dataset, name, value)
    return job


def test_one_item_a_clip_resolution_flip_and_repeat(folder):
    items, findings = items_of(job_of(folder, resolution=[96, 128], flip_x=True, flip_y=True, num_repeats=2))
    assert len(items) == 2 * 2 * 4 * 2
    assert {i.shape for i in items} == {(17, 96, 96), (17, 128, 96), (17, 96, 128)}
    assert all(count == 2 for count in Counter(i.key for i in items).values())
    assert len({i.name for i in items}) == len(items)
    assert {i.caption for i in items} == {"frung turns", "frung"}
    assert not [f for f in findings if f.severity == "error"]


def test_one_resolution_as_a_number_and_the_sets_own_trigger(folder):
    items, _ = items_of(job_of(folder, trigger_word="blip", caption_dropout_rate=0.25))
    assert [i.caption for i in items] == ["blip turns", "blip"] and {i.dropout for i in items} == {0.25}


def test_the_key_follows_the_content_not_the_name(folder):
    before, _ = items_of(job_of(folder))
    (folder / "a.mp4").rename(folder / "c.mp4")
    renamed, _ = items_of(job_of(folder))
    assert {i.key for i in before} == {i.key for i in renamed}
    numbered.write(folder / "c.mp4", count=31)
    edited, _ = items_of(job_of(folder))
    assert len({i.key for i in before} & {i.key for i in edited}) == 1
    for change in [{"num_frames": 21}, {"resolution": [96]}]:
        other, _ = items_of(job_of(folder, **change))
        assert not {i.key for i in other} & {i.key for i in edited}


def test_the_clip_key_also_knows_vae_and_task(folder):
    item = items_of(job_of(folder))[0][0]
    keys = {clip_key(item, vae, task) for vae in ("one", "two") for task in ("t2v", "i2v")}
    assert len(keys) == 4


def test_missing_data_is_an_error_finding(folder, tmp_path):
    job = job_of(folder)
    job.datasets[0].folder_path = None
    assert items_of(job)[1][0].code == "no-folder"
    job.datasets[0].folder_path = str(tmp_path / "gone")
    items, findings = items_of(job)
    assert not items and findings[0].severity == "error"


def test_one_frame_in_an_image_to_video_job_is_warned_of(folder):
    assert "one-frame-i2v" in {f.code for f in items_of(job_of(folder, "i2v", num_frames=1))[1]}
    assert "one-frame-i2v" not in {f.code for f in items_of(job_of(folder, "i2v"))[1]}


def test_pixels_are_the_picked_frames_at_the_bucket(folder):
    items, _ = items_of(job_of(folder, resolution=[128], flip_x=True, flip_y=True))
    plain, x, y, both = (pixels.load(item) for item in items[:4])
    assert plain.shape == (17, 96, 128, 3) and plain.dtype == np.uint8
    assert [numbered.number_of(frame) for frame in plain] == list(items[0].frames)
    assert np.array_equal(x, plain[:, :, ::-1])
    assert np.array_equal(y, plain[:, ::-1])
    assert np.array_equal(both, plain[:, ::-1, ::-1])


def test_short_clips_repeat_their_pixels(folder):
    numbered.write(folder / "a.mp4", count=9)
    item = items_of(job_of(folder, resolution=[128]))[0][0]
    assert [numbered.number_of(frame) for frame in pixels.load(item)] == list(item.frames)


@pytest.mark.parametrize("size", [(96, 64), (64, 96), (48, 48), (144, 80)])
def test_fitting_is_torchs_antialiased_bicubic_of_the_centre(size):
    """Reference: torch's scaling of the part of the source that the bucket shows, where that part has whole pixels."""
    width, height = size[0] * 3, size[1] * 3
    extra = (10, 0) if size[0] < size[1] else (0, 10)
    rows, columns = np.mgrid[0 : height + extra[1], 0 : width + extra[0]]
    wave = 127 + 90 * np.sin(rows / 9) * np.cos(columns / 7)
    frame = np.stack([wave, wave[::-1], wave[:, ::-1]], -1).astype(np.uint8)
    shown = frame[extra[1] // 2 :, extra[0] // 2 :][:height, :width]
    source = torch.from_numpy(shown.copy()).permute(2, 0, 1)[None].float()
    wanted = torch.nn.functional.interpolate(source, size[::-1], mode="bicubic", antialias=True).clamp(0, 255)
    ours = pixels.fitted(frame, size)
    away = np.abs(ours.astype(float) - wanted[0].permute(1, 2, 0).numpy())
    assert ours.shape == (size[1], size[0], 3) and away[2:-2, 2:-2].max() <= 2
