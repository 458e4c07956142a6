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
    assert torch.isclose(objective.loss(prediction, latents, noise), losses.mean())
