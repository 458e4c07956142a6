"""An expert's prediction on noised clips, and what it should have been."""

from dataclasses import dataclass

import torch
from torch import Tensor

from wannb.train import objective
from wannb.train.learner import Learner
from wannb.wan import condition
from wannb.wan.adapters import lora
from wannb.wan.short_text import short_text
from wannb.wan.streaming.crossing import sent


@dataclass(frozen=True)
class Noised:
    """What every forward pass of a micro-batch starts from, on the expert's device.

    sample: [B, 16 or 36, f, h, w], the transformer's input; timesteps: [B], 0…1000; target: [B, 16, f, h, w].
    """

    sample: Tensor
    timesteps: Tensor
    target: Tensor

    def only(self, rows: list[int]) -> "Noised":
        """Return these rows of the batch, each at most once and in order."""
        if len(rows) == len(self.sample):
            return self
        return Noised(self.sample[rows], self.timesteps[rows], self.target[rows])


def noised(
    device: torch.device, dtype: torch.dtype, latents: Tensor, still: Tensor | None, noise: Tensor, timesteps: Tensor
) -> Noised:
    """Return `latents` [B, 16, f, h, w] mixed with `noise` at `timesteps` [B], for an expert of `dtype` on `device`;
    `still` is the I2V condition."""
    latents, noise, timesteps = (sent(one, device) for one in (latents, noise, timesteps))
    mixed = objective.noised(latents, noise, timesteps / 1000)
    sample = condition.model_input(mixed, None if still is None else sent(still, device)).to(dtype)
    return Noised(sample, timesteps, objective.velocity(latents, noise))


def velocity(learner: Learner, at: Noised, embeds: Tensor) -> Tensor:
    """Return the expert's prediction [B, 16, f, h, w] for text `embeds` [B, n, d] as `short_text` yields it."""
    return learner.transformer(
        hidden_states=at.sample, timestep=at.timesteps, encoder_hidden_states=embeds, return_dict=False
    )[0]


def base_velocity(learner: Learner, at: Noised, embeds: list[Tensor]) -> Tensor:
    """Return what the expert without its LoRA predicts, in float32; call it without gradients."""
    with lora.strength(learner.transformer, 0.0), short_text(learner.transformer, embeds) as text:
        return velocity(learner, at, text).float()


def predict(
    learner: Learner, latents: Tensor, still: Tensor | None, noise: Tensor, timesteps: Tensor, embeds: Tensor
) -> tuple[Tensor, Tensor]:
    """Return the expert's prediction and its target, [B, 16, f, h, w] each; `embeds` as `short_text` yields it."""
    at = noised(learner.device, learner.dtype, latents, still, noise, timesteps)
    return velocity(learner, at, embeds), at.target
