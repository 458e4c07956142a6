"""Learning rates against diffusers' schedules."""

import pytest
import torch
from diffusers.optimization import get_scheduler

from wannb.train.rates import factor, rate

STEPS = 12


def of_diffusers(kind: str, warmup: int) -> list[float]:
    """The factor of each step by diffusers' scheduler, which is asked before the step."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    schedule = get_scheduler(kind, optimizer, num_warmup_steps=warmup, num_training_steps=STEPS)
    factors = []
    for _ in range(STEPS):
        factors.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return factors


@pytest.mark.parametrize("kind", ["constant_with_warmup", "linear", "cosine"])
@pytest.mark.parametrize("warmup", [0, 1, 5])
def test_after_the_warm_up_it_is_diffusers(kind, warmup):
    ours = [factor(step, STEPS, kind, warmup) for step in range(1, STEPS + 1)]
    assert ours[warmup:] == pytest.approx(of_diffusers(kind, warmup)[warmup:])


def test_the_warm_up_rises_evenly_to_the_whole_rate():
    assert [factor(step, STEPS, "cosine", 4) for step in (1, 2, 3, 4)] == [0.25, 0.5, 0.75, 1.0]


def test_a_fall_ends_at_eta_min_and_a_constant_rate_knows_none():
    assert rate(1, STEPS, 1e-3, "cosine", {"eta_min": 1e-4}) == pytest.approx(1e-3)
    assert rate(STEPS + 1, STEPS, 1e-3, "linear", {"eta_min": 1e-4}) == pytest.approx(1e-4)
    assert rate(7, STEPS, 1e-3, "constant", {}) == 1e-3


def test_a_warm_up_longer_than_the_run_is_survived():
    assert rate(STEPS, STEPS, 1.0, "linear", {"num_warmup_steps": 100}) == pytest.approx(0.12)
