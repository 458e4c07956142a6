"""The stage of a step, against a walk through all steps before it (decisions 3 and 4)."""

import math
from fractions import Fraction

import pytest

from wannb.job import Job
from wannb.job.stages import Stages

BOTH = ("high", "low")


def slow(switch_every: int, share: Fraction, steps: int) -> list[str]:
    """The stages of `steps` steps, block by block: high whenever it is owed more than it has had."""
    stages, had, block = [], 0, 0
    while len(stages) < steps:
        block += 1
        owed = math.ceil(block * share)
        stages += ["high" if owed > had else "low"] * switch_every
        had = owed
    return stages[:steps]


@pytest.mark.parametrize("share", ["0", "1/10", "1/3", "1/2", "7/10", "1"])
@pytest.mark.parametrize("switch_every", [1, 3, 10, 1000])
def test_stages_are_a_function_of_the_step_and_are_counted(switch_every, share):
    stages, seen = Stages(switch_every, BOTH, float(Fraction(share))), {"high": 0, "low": 0}
    for step, expert in enumerate(slow(switch_every, Fraction(share), 2500), 1):
        assert {one: stages.before(step, one) for one in seen} == seen
        assert stages.at(step) == expert
        seen[expert] += 1
    assert {one: stages.share(one, 2500) for one in seen} == seen


@pytest.mark.parametrize("share", [0.1, 1 / 3, 0.5, 0.7, 0.123456])
def test_whole_blocks_never_stray_from_the_share_by_a_block(share):
    stages = Stages(10, BOTH, share)
    for steps in (10, 100, 990, 2000, 10**12):  # closed form: the last would take a walk for ever
        assert -1e-5 * steps <= stages.share("high", steps) - share * steps < 10 + 1e-5 * steps
        assert stages.share("high", steps) + stages.share("low", steps) == steps
    assert Stages(10, BOTH, 0.7).share("high", 2000) == 1400  # 0.7 is less than 7/10 as a float
    assert Stages(1, BOTH, 0.1).share("high", 3000) == 300


def test_guides_example():
    assert [Stages(10, BOTH).at(step) for step in (1, 10, 11, 20, 21)] == ["high", "high", "low", "low", "high"]


@pytest.mark.parametrize("expert, other", [("high", "low"), ("low", "high")])
def test_one_expert_alone_has_every_step(expert, other):
    stages = Stages(10, (expert,), 0.7)
    assert {stages.at(step) for step in range(1, 100)} == {expert}
    assert stages.before(31, expert) == 30 and stages.before(31, other) == 0


def test_a_job_has_its_own():
    job = Job.recipe("motion", "t2v")
    job.train.switch_boundary_every, job.wannb.high_noise_share = 5, 0.25
    assert Stages.of(job) == Stages(5, BOTH, 0.25)
    job.model.model_kwargs.train_high_noise = False
    assert Stages.of(job).experts == ("low",)
