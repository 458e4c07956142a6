"""A LoRA learns over held experts as over whole ones: their loss curves are nearer to each other than seeds are."""

import shutil
from functools import cache, partial

import numpy as np
import pytest
import torch

from tests.train import small_job
from wannb import bundled
from wannb.train.loop import take_step
from wannb.wan import keeping
from wannb.wan.loading import tiny

STEPS, WINDOW = 36, 12
SEEDS = (42, 44)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Four of the bundled clips, which the tiny Wan can learn."""
    root = tmp_path_factory.mktemp("motion")
    (root / "clips").mkdir()
    for clip in sorted(bundled.folder("motion").glob("*.mp4"))[:4]:
        for file in (clip, clip.with_suffix(".txt")):
            shutil.copy(file, root / "clips")
    return root


def losses(folder, steps, seed=SEEDS[0], qtype=None, compiled=False):
    """Of each step, float [steps]."""
    job = small_job.job(folder, tiny.folder("t2v"), gradient_accumulation=1, lr=2e-3)
    job.network.linear = job.network.linear_alpha = 16
    job.training_seed, job.wannb.compile = seed, compiled
    if qtype:
        job.model.quantize, job.model.qtype, job.model.quantize_te = True, qtype, False
    material = small_job.material(job)
    return np.array([take_step(step, material)["loss"] for step in range(1, steps + 1)])


@pytest.fixture(scope="module")
def curve(folder):
    """(seed, qtype) -> mean losses of windows of steps, float [STEPS / WINDOW]; each is trained once."""
    return cache(lambda seed, qtype=None: losses(folder, STEPS, seed, qtype).reshape(-1, WINDOW).mean(axis=1))


def apart(one, other):
    """The mean distance of two curves, as a share of the second's height."""
    return np.abs(one - other).mean() / other.mean()


@pytest.mark.parametrize("qtype", ["float8", "qint8", "uint4"])
def test_a_curve_is_nearer_to_that_over_whole_weights_than_another_seeds_is(qtype, curve):
    whole, *others = (curve(seed) for seed in SEEDS)
    noise = min(apart(other, whole) for other in others)
    assert whole[-1] < 0.7 * whole[0]  # something is learned
    assert apart(curve(SEEDS[0], qtype), whole) < noise


def test_compiled_blocks_learn_as_eager_ones(folder, monkeypatch):
    torch._dynamo.reset()
    keeping.runner.cache_clear()
    # the compiler without its last step, which writes kernels for half a minute
    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend="aot_eager_decomp_partition"))
    eager, compiled = (losses(folder, 4, qtype="uint4", compiled=one) for one in (False, True))
    assert torch._dynamo.utils.counters["stats"]["unique_graphs"] > 0
    assert compiled == pytest.approx(eager, rel=1e-4)
    keeping.runner.cache_clear()
