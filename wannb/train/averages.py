"""EMA: a running mean of the LoRA's weights, which is what gets saved and shown while the weights themselves go on."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor


class Average:
    """mean ← decay · mean + (1 - decay) · weights after each step of the expert; at step 0 it is the weights."""

    def __init__(self, parameters: dict[str, torch.nn.Parameter], decay: float):
        self._parameters, self._decay = parameters, decay
        self.mean = {name: parameter.detach().clone() for name, parameter in parameters.items()}

    @torch.no_grad()
    def update(self) -> None:
        """Take the weights as they are now into the mean."""
        for name, parameter in self._parameters.items():
            self.mean[name] = self.mean[name].to(parameter.device)
        means = [self.mean[name] for name in self._parameters]
        torch._foreach_lerp_(means, list(self._parameters.values()), 1.0 - self._decay)  # `lerp_` of all at once

    def begin(self, tensors: dict[str, Tensor]) -> None:
        """Go on from `tensors`, a mean saved before, or from the weights where there are none."""
        for name, parameter in self._parameters.items():
            self.mean[name] = tensors.get(name, parameter.detach()).to(parameter.device, copy=True)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Inside the block the mean stands where the weights stand."""
        weights = {name: parameter.detach().clone() for name, parameter in self._parameters.items()}
        self._put(self.mean)
        try:
            yield
        finally:
            self._put(weights)

    @torch.no_grad()
    def _put(self, tensors: dict[str, Tensor]) -> None:
        for name, parameter in self._parameters.items():
            parameter.copy_(tensors[name])
