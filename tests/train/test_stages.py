"""The stage of a step against a walk through all steps before it."""

import pytest

from wannb.train.stages import expert_steps, stage_of


@pytest.mark.parametrize("stages", [["high", "low"], ["high"], ["low"]])
@pytest.mark.parametrize("switch_every", [1, 3, 10, 1000])
def test_stages_take_turns_and_are_counted(stages, switch_every):
    current, left, seen = 0, switch_every, {"high": 0, "low": 0}
    for step in range(1, 250):
        if left == 0:
            current, left = (current + 1) % len(stages), switch_every
        assert {expert: expert_steps(step, expert, switch_every, stages) for expert in seen} == seen
        assert stage_of(step, switch_every, stages) == stages[current]
        seen[stages[current]] += 1
        left -= 1


def test_guides_example():
    stages = [stage_of(step, 10, ["high", "low"]) for step in (1, 10, 11, 20, 21)]
    assert stages == ["high", "high", "low", "low", "high"]
