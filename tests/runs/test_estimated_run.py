"""The estimate's disk against the folder of a run that ended."""

import pytest

from tests.train import small_job
from wannb.data.occupied import bytes_in
from wannb.data.outlook import estimate
from wannb.machine import Machine
from wannb.runs.trainer import train

HEADERS = 25_000  # bytes of names in a file of a state, where tensors are as small as here
LATENTS = 3 * 16 * 2 * 4 * 4 * 4  # three clips of 5 frames at 32×32, fp32


def test_what_a_run_leaves_is_what_was_estimated(tmp_path, models):
    small_job.clips(tmp_path / "clips")
    job = small_job.job(tmp_path, models["t2v"], disable_sampling=False, steps=7)
    job.train.ema_config.use_ema = True
    foretold = estimate(job, machine=Machine(None, None, 8.0))
    train(job)
    left = {part: bytes_in(job.run_dir / part) for part in ("checkpoints", "state", "previews")}
    disk = foretold.disk_bytes
    assert left["checkpoints"] == pytest.approx(disk["checkpoints"], rel=0.1)  # steps 3 and 6, and the final pair
    assert disk["state"] < left["state"] < disk["state"] + 2 * 2 * HEADERS
    assert left["previews"] > 0 < disk["previews"]
    assert LATENTS < bytes_in(job.cache_dir / "latents") < LATENTS + 3 * 500
    assert LATENTS < disk["caches"]
    afterwards = estimate(job, machine=Machine(None, None, 8.0))
    assert afterwards.needed_bytes < foretold.needed_bytes - left["checkpoints"] - left["state"] / 2
