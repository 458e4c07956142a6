"""The sizes and shares that the estimate reckons with are those that training draws."""

from collections import Counter
from pathlib import Path

import pytest
from PIL import Image

import wannb
from tests.train import small_job
from wannb.data.batches import Schedule
from wannb.data.drawn import clips_of
from wannb.data.items import folders_of, items_of
from wannb.data.occupied import bytes_in, same_disk
from wannb.data.outlook import estimate
from wannb.machine import Machine

NOWHERE = Machine(None, None, 64.0)


def pictures(folder: Path, *sizes: tuple[int, int]) -> str:
    folder.mkdir(parents=True)
    for number, size in enumerate(sizes):
        Image.new("RGB", size, (number % 256, 90, 90)).save(folder / f"{number:03d}.png")
        (folder / f"{number:03d}.txt").write_text(f"picture {number}")
    return str(folder)


@pytest.fixture
def job(tmp_path):
    """Two sets to learn from, one for regularization, in several sizes, batches, repeats and weights."""
    made = small_job.job(tmp_path, "org/name", batch_size=2, gradient_accumulation=1)
    mapping = made.to_dict()
    (first,) = mapping["config"]["process"][0]["datasets"]
    sets = [
        {"folder_path": pictures(tmp_path / "a", *[(128, 96)] * 5, *[(64, 64)] * 2), "resolution": [64, 96]},
        {"folder_path": pictures(tmp_path / "b", *[(96, 128)] * 3), "num_repeats": 3, "network_weight": 0.5,
         "batch_size": 1, "flip_x": True},
        {"folder_path": pictures(tmp_path / "c", *[(128, 128)] * 4), "is_reg": True},
    ]  # fmt: skip
    mapping["config"]["process"][0]["datasets"] = [
        {**first, "num_frames": 1, "resolution": [64], **one} for one in sets
    ]
    made.replace(mapping)
    return made


def test_shares_are_those_of_the_draws(job):
    items, _ = items_of(job)
    schedule, drawn, count = Schedule(items, job.train.batch_size, job.seed), Counter(), 4000
    for k in range(count):
        drawn[items[schedule.batch("high", k)[0]].shape] += 1 / count
    shares = Counter()
    for one in clips_of(job, folders_of(job)).shapes:
        shares[one.size] += one.share
    assert sum(shares.values()) == pytest.approx(1)
    assert shares.keys() == drawn.keys()
    assert all(shares[size] == pytest.approx(drawn[size], abs=0.02) for size in shares)


def test_clips_latents_and_prompts_are_counted(job):
    clips = clips_of(job, folders_of(job))
    assert (clips.files, clips.learned) == (14, 10)
    items, _ = items_of(job)
    assert sum(one.encodings for one in clips.shapes) == len({item.key for item in items}) + 2  # two sizes, one bucket
    job.put("wannb.validate_every", 10)
    job.put("wannb.hold_out", True)
    assert clips_of(job, folders_of(job)).learned == 6


def test_without_readable_clips_squares_stand_for_them(job, tmp_path):
    for one in job.datasets:
        one.folder_path = str(tmp_path / "nowhere")
    one = estimate(job, machine=NOWHERE)
    assert one.clips is None and one.steps_per_clip is None
    assert [(shape.frames, shape.width, shape.height) for shape in one.shapes] == [(1, 96, 96), (1, 64, 64)]
    assert estimate(job, [], NOWHERE).shapes == one.shapes


def test_the_face_says_what_a_job_takes(job):
    job.put("device", "cpu")
    one = wannb.estimate(job)
    assert one.on_cpu and one.fits is None and one.gpu == "a CPU"
    assert one.clips == 14 and one.free_bytes > 0
    assert "14 clips" in str(one) and "a CPU" in repr(one)


@pytest.mark.parametrize(
    "settings",
    [
        {"sample.width": 17},
        {"datasets[0].num_frames": 40},
        {"datasets[0].network_weight": 0},
        {"train.optimizer": "lion"},
        {"model.model_kwargs.train_high_noise": False, "model.model_kwargs.train_low_noise": False},
        {"sample.samples": []},
    ],
)
def test_a_job_that_preflight_refuses_has_an_estimate_too(job, settings):
    for key, value in settings.items():
        job.put(key, value)
    assert estimate(job, machine=NOWHERE).peak_gib > 0


def test_what_is_on_the_disk_already_is_seen(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "one").write_bytes(bytes(100))
    (tmp_path / "a" / "b" / "two").write_bytes(bytes(11))
    assert bytes_in(tmp_path / "a") == 111
    assert bytes_in(tmp_path / "nowhere") == 0
    assert same_disk(tmp_path / "a", tmp_path / "not" / "yet")
