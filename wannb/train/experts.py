"""The experts that a job trains, and where in memory they wait for their turn."""

import math
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import torch
from diffusers import WanTransformer3DModel

from wannb.job import Job
from wannb.train.activations import Activations
from wannb.train.device import DTYPES, device_of
from wannb.train.learner import Learner
from wannb.wan import keeping, weights


def load_expert(job: Job, where: Path | str, expert: str, device: torch.device) -> WanTransformer3DModel:
    """Load `expert` ("high" | "low") as `job` holds it, frozen, to `device`."""
    scheme = job.model.qtype if job.model.quantize else None
    model = weights.load_expert(where, expert, DTYPES[job.train.dtype], device, scheme, device_of(job.device))
    if job.wannb.compile:
        keeping.compile_without_gradients(model)
    return model


class Experts:
    """The job's learners, one for a single-stage job; with `low_vram` only the one at work is on the device."""

    def __init__(self, learners: list[Learner], device: torch.device, low_vram: bool, activations: Activations):
        self.learners = {learner.expert: learner for learner in learners}
        self._device, self._low_vram, self.activations = device, low_vram, activations

    @classmethod
    def load(cls, job: Job, where) -> "Experts":
        """Load the experts of `job.stages` from `where` (as `weights.resolve` gave it) and give each its LoRA."""
        device, low_vram = device_of(job.device), job.model.low_vram
        wait = torch.device("cpu") if low_vram else device
        learners = [Learner(expert, load_expert(job, where, expert, wait), job) for expert in job.stages]
        return cls(learners, device, low_vram, Activations(job, learners, device))

    @property
    def idle_device(self) -> torch.device | None:
        """Where an expert waits; None where all stay on the device."""
        return torch.device("cpu") if self._low_vram else None

    def at_work(self, expert: str) -> Learner:
        """Return the learner of `expert`, on the device; with `low_vram` the others leave it first."""
        if self._low_vram:
            for learner in self.learners.values():
                if learner.expert != expert:
                    learner.move(torch.device("cpu"))
        learner = self.learners[expert]
        learner.move(self._device)
        return learner

    def are_after(self, steps: int) -> bool:
        """Whether the LoRAs are as `steps` whole steps of this process left them, and finite."""
        learners = self.learners.values()
        return sum(one.updates for one in learners) == steps and all(math.isfinite(one.delta_norm) for one in learners)

    def drop_gradients(self) -> None:
        """Give up what a step that failed left of gradients, and their memory."""
        for learner in self.learners.values():
            learner.optimizer.zero_grad(set_to_none=True)

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """Inside the block every LoRA has its running mean for weights: what is saved, shown and measured with EMA."""
        with ExitStack() as stack:
            for learner in self.learners.values():
                stack.enter_context(learner.averaged())
            yield
