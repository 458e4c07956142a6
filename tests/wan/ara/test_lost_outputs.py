"""The pair that makes up for what 4 bits lose of a linear's outputs: as good as the best of its rank, known exactly."""

import pytest
import torch
from torch import nn

from wannb.wan.ara.lost_outputs import listening
from wannb.wan.quantized.quantizing import KINDS

INSIDE, OUTSIDE, RANK = 128, 96, 8


@pytest.fixture(scope="module")
def linear():
    torch.manual_seed(0)
    return nn.Linear(INSIDE, OUTSIDE)


@pytest.fixture(scope="module")
def inputs():
    """[1024, 128] near few directions, as activations are: each next one by a fifth weaker."""
    numbers = torch.Generator().manual_seed(1)
    strength = 0.8 ** torch.arange(INSIDE)
    turned = torch.linalg.qr(torch.randn(INSIDE, INSIDE, generator=numbers))[0]
    return torch.randn(1024, INSIDE, generator=numbers) * strength @ turned


def heard(linear, inputs, rank=RANK, rounds=4):
    with torch.no_grad(), listening(nn.Sequential(linear), ["0"], KINDS["uint4"], rank, seed=0) as lost:
        for turn in range(rounds):
            for part, x in enumerate(inputs.split(256)):
                lost["0"].closing = (turn, part) == (rounds - 1, 3)
                linear(x.unflatten(0, (2, -1)))
            if turn < rounds - 1:
                lost["0"].turn()
    return lost["0"].pair


def left(linear, inputs, product):
    """Σ |E x - product x|² over the inputs, in float64."""
    error = linear.weight - KINDS["uint4"](linear).dequantized()
    return ((error - product).double() @ inputs.double().T).square().sum().item()


@pytest.fixture(scope="module")
def best(linear, inputs):
    """The least that any product of this rank leaves: the squares of the other singular values of E X."""
    error = (linear.weight - KINDS["uint4"](linear).dequantized()).detach()
    return torch.linalg.svdvals(error.double() @ inputs.double().T)[RANK:].square().sum().item()


def test_it_leaves_hardly_more_than_the_best_of_its_rank(linear, inputs, best):
    down, up = heard(linear, inputs)
    assert down.shape == (RANK, INSIDE) and up.shape == (OUTSIDE, RANK)
    assert 1 - 1e-6 < left(linear, inputs, up @ down) / best < 1.01


def test_the_best_of_the_weight_alone_leaves_many_times_more(linear, inputs, best):
    error = (linear.weight - KINDS["uint4"](linear).dequantized()).detach()
    u, values, v = torch.linalg.svd(error)
    assert left(linear, inputs, u[:, :RANK] * values[:RANK] @ v[:RANK]) > 5 * best


def test_both_factors_of_a_direction_are_equally_long(linear, inputs):
    down, up = heard(linear, inputs)
    torch.testing.assert_close(down.norm(dim=1), up.norm(dim=0))


def test_the_whole_rank_gives_back_all_of_it(linear, inputs):
    down, up = heard(linear, inputs, rank=OUTSIDE)
    nothing = left(linear, inputs, torch.zeros(OUTSIDE, INSIDE))
    assert left(linear, inputs, up @ down) < 1e-6 * nothing


def test_equal_seeds_give_equal_pairs(linear, inputs):
    assert all(torch.equal(a, b) for a, b in zip(heard(linear, inputs), heard(linear, inputs), strict=True))


def test_a_linear_that_cannot_be_held_in_4_bits_has_no_pair_and_hooks_are_gone():
    linear = nn.Linear(65, 8)
    assert heard(linear, torch.randn(1024, 65)) is None
    assert not linear._forward_pre_hooks


def test_inputs_that_lose_nothing_have_a_pair_of_zeros(linear):
    down, up = heard(linear, torch.zeros(1024, INSIDE))
    assert up.isfinite().all() and down.isfinite().all()
