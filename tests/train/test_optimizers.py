"""Optimizers against torch's own and each other; their memory as plain tensors goes on exactly."""

import pytest
import torch

from wannb.job.train import Train
from wannb.train.averages import Average
from wannb.train.optimizers import memory, optimizer_for, remember, set_rate

NAMES = ("adamw", "adamw8bit", "adafactor", "prodigy")


def parameters() -> dict[str, torch.nn.Parameter]:
    """Two of the sizes of a LoRA: one large enough to be held in 8 bits."""
    numbers = torch.Generator().manual_seed(0)
    shapes = {"blocks.0.lora_A.default.weight": (64, 128), "blocks.0.lora_B.default.weight": (8, 64)}
    return {name: torch.nn.Parameter(torch.randn(shape, generator=numbers)) for name, shape in shapes.items()}


def step(optimizer, weights: dict[str, torch.nn.Parameter], number: int, rate: float = 1e-2) -> None:
    numbers = torch.Generator().manual_seed(number)
    for weight in weights.values():
        weight.grad = torch.randn(weight.shape, generator=numbers) + 0.1 * weight.detach()
    set_rate(optimizer, rate)
    optimizer.step()


@pytest.mark.parametrize("name", NAMES)
def test_memory_put_back_goes_on_to_the_last_bit(name):
    train = Train.new(optimizer=name)
    straight, first = parameters(), parameters()
    one, two = optimizer_for(straight, train), optimizer_for(first, train)
    for number in range(6):
        step(one, straight, number)
    for number in range(3):
        step(two, first, number)
    kept = {key: tensor.clone() for key, tensor in memory(two, first).items()}
    assert all(isinstance(tensor, torch.Tensor) for tensor in kept.values())
    again = {key: torch.nn.Parameter(weight.detach().clone()) for key, weight in first.items()}
    three = optimizer_for(again, train)
    remember(three, again, kept)
    for number in range(3, 6):
        step(three, again, number)
    assert all(torch.equal(straight[key], again[key]) for key in straight)
    assert memory(one, straight).keys() == memory(three, again).keys()


def test_adamw_is_adam_with_decoupled_decay_by_hand():
    """Loshchilov & Hutter 2019, algorithm 2, in float64."""
    train = Train.new(optimizer="adamw", optimizer_params={"weight_decay": 0.1, "betas": (0.8, 0.9), "eps": 1e-6})
    weights = parameters()
    name = next(iter(weights))
    optimizer, x = optimizer_for(weights, train), weights[name].detach().double()
    m = v = torch.zeros_like(x)
    for number in range(1, 4):
        step(optimizer, weights, number)
        gradient = weights[name].grad.double()
        m, v = 0.8 * m + 0.2 * gradient, 0.9 * v + 0.1 * gradient**2
        x = x - 1e-2 * 0.1 * x - 1e-2 * (m / (1 - 0.8**number)) / ((v / (1 - 0.9**number)).sqrt() + 1e-6)
    torch.testing.assert_close(weights[name].double(), x, rtol=1e-5, atol=1e-6)


def test_8_bits_stay_near_32():
    weights, exact = parameters(), parameters()
    low = optimizer_for(weights, Train.new(optimizer="adamw8bit"))
    full = optimizer_for(exact, Train.new(optimizer="adamw"))
    for number in range(10):
        step(low, weights, number), step(full, exact, number)
    kept = memory(low, weights)
    assert kept["optimizer.state1.blocks.0.lora_A.default.weight"].dtype == torch.uint8
    moved = max(float((exact[name] - start).abs().max()) for name, start in parameters().items())
    for name in weights:
        assert float((weights[name] - exact[name]).abs().mean()) < 0.1 * moved


def test_lora_plus_moves_b_by_its_ratio():
    """Adam's first step is the rate in every weight, so the ratio shows as it is."""
    weights = parameters()
    optimizer = optimizer_for(weights, Train.new(optimizer_params={"weight_decay": 0.0}), lora_plus=16.0)
    step(optimizer, weights, 1, rate=1e-4)
    moved = {name: (weight - parameters()[name]).abs().median().item() for name, weight in weights.items()}
    a, b = moved["blocks.0.lora_A.default.weight"], moved["blocks.0.lora_B.default.weight"]
    assert a == pytest.approx(1e-4, rel=0.02) and b == pytest.approx(16e-4, rel=0.02)


def test_the_running_mean_is_the_weighted_sum_of_all_weights():
    weights = {"w": torch.nn.Parameter(torch.tensor([1.0, 2.0], dtype=torch.float64))}
    average, seen = Average(weights, 0.9), [weights["w"].detach().clone()]
    for number in range(5):
        weights["w"].data += number
        average.update()
        seen.append(weights["w"].detach().clone())
    shares = [0.9**5] + [0.1 * 0.9 ** (5 - k) for k in range(1, 6)]
    expected = sum(share * value for share, value in zip(shares, seen, strict=True))
    torch.testing.assert_close(average.mean["w"], expected)
    with average.in_place():
        torch.testing.assert_close(weights["w"].detach(), expected)
    assert torch.equal(weights["w"], seen[-1])
