"""A masked clip's weights stand beside its latents, on the same grid."""

import numpy as np
import pytest
import torch
from PIL import Image

from tests.train import small_job
from wannb.train.caching import cache, prepare
from wannb.train.model import Model


@pytest.mark.parametrize("task", ["t2v", "i2v"])
def test_masks_are_cached_with_the_latents(tmp_path, models, task):
    small_job.clips(tmp_path / "clips", count=2)
    job = small_job.job(tmp_path, models[task], task)
    assert cache(job).encoded == 2
    (tmp_path / "masks").mkdir()
    left = np.zeros((32, 32), np.uint8)
    left[:, :16] = 255
    Image.fromarray(left).save(tmp_path / "masks" / "clip0.png")
    job.datasets[0].mask_path = str(tmp_path / "masks")
    again = cache(job)
    assert (again.encoded, again.reused) == (1, 1)  # the clip without a mask is what it was
    examples = prepare(job, Model.of(job)).examples
    latents, _ = examples.batch([0, 1])
    masks = examples.masks([0, 1])
    assert masks.shape == (2, 1, *latents.shape[2:]) and masks.dtype == torch.float32
    assert masks[0, :, :, :, :2].eq(2).all() and masks[0, :, :, :, 2:].eq(0).all() and masks[1].eq(1).all()
    assert examples.masks([1]) is None
