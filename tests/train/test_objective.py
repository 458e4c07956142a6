import pytest
import torch

from wannb.train import objective


def test_flow_matching_against_diffusers_scheduler():
    """x_t by the scheduler that diffusers trains flow models with; the target is the slope of the path."""
    from diffusers import FlowMatchEulerDiscreteScheduler

    scheduler = FlowMatchEulerDiscreteScheduler()
    latents, noise = torch.randn(2, 3, 16, 2, 4, 4, generator=torch.Generator().manual_seed(0))
    picked = scheduler.timesteps[[10, 400, 900]]
    noisy = objective.noised(latents, noise, picked / 1000)
    assert torch.allclose(noisy, scheduler.scale_noise(latents, picked, noise), atol=1e-6)
    later = objective.noised(latents, noise, picked / 1000 + 1e-2)
    assert torch.allclose((later - noisy) / 1e-2, objective.velocity(latents, noise), atol=1e-3)


def test_loss_is_the_mean_over_items_in_float32():
    latents, noise = torch.randn(2, 2, 16, 1, 2, 2, generator=torch.Generator().manual_seed(0))
    prediction = torch.zeros_like(latents, dtype=torch.bfloat16)
    losses = objective.item_losses(prediction, objective.velocity(latents, noise))
    assert losses.dtype == torch.float32
    by_hand = [float(((noise[i] - latents[i]) ** 2).mean()) for i in range(2)]
    assert torch.allclose(losses, torch.tensor(by_hand))


def test_losses_against_torchs_own():
    prediction, target = torch.randn(2, 3, 16, 2, 4, 4, generator=torch.Generator().manual_seed(0))
    expected = {
        "mse": torch.nn.functional.mse_loss(prediction, target, reduction="none"),
        "mae": torch.nn.functional.l1_loss(prediction, target, reduction="none"),
    }
    for kind, errors in expected.items():
        assert torch.allclose(objective.item_losses(prediction, target, kind), errors.flatten(1).mean(1))


def test_pseudo_huber_is_a_parabola_near_zero_and_a_line_far_away():
    zero, far = torch.zeros(1, 16, 1, 2, 2), torch.full((1, 16, 1, 2, 2), 3.0)
    near = torch.full_like(zero, 1e-4)
    assert objective.item_losses(near, zero, "pseudo_huber").item() == pytest.approx(1e-8 / 0.02, rel=1e-2)
    assert objective.item_losses(far, zero, "pseudo_huber").item() == pytest.approx(3.0 - 0.01, rel=1e-4)


def test_a_mask_weighs_each_place():
    prediction, target = torch.randn(2, 1, 16, 2, 2, 2, generator=torch.Generator().manual_seed(0))
    mask = torch.zeros(1, 1, 2, 2, 2)
    mask[0, 0, 1, 0, 1] = 8.0  # mean 1
    only = (prediction - target)[0, :, 1, 0, 1].square().mean()
    assert torch.isclose(objective.item_losses(prediction, target, "mse", mask)[0], only)
