"""The experts that a job trains, and where in memory they wait for their turn."""

import math
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import torch
from diffusers import WanTransformer3DModel

from wannb.job import Job
from wannb.train import held
from wannb.train.activations import Activations
from wannb.train.device import DTYPES, device_of
from wannb.train.learner import Learner
from wannb.wan import compiling, keeping
from wannb.wan.ara import recovery
from wannb.wan.loading import weights
from wannb.wan.streaming.residency import Residency


def residency_for(job: Job) -> Residency | None:
    """What moves the experts of `job` between main memory and its device; None where they stay on the device."""
    model = job.model
    streamed = model.layer_offloading_transformer_percent if model.layer_offloading else 0.0
    return Residency(device_of(job.device), streamed, model.low_vram) if streamed or model.low_vram else None


def load_expert(job: Job, where: Path | str, expert: str, residency: Residency | None) -> WanTransformer3DModel:
    """Load `expert` ("high" | "low") as `job` holds it, frozen, to its device or into the care of `residency`."""
    how, device = held.expert(job, where, expert), device_of(job.device)
    wait = device if residency is None else torch.device("cpu")
    model = weights.load_expert(where, expert, DTYPES[job.train.dtype], wait, how.scheme, device)
    recovery.attach(model, how.pairs)
    if residency is not None:
        residency.settle(model, model.blocks)
    if compiling.wanted(job, device):
        keeping.compile_without_gradients(model)
    return model


class Experts:
    """The job's learners, one for a single-stage job. residency: what brings their frozen weights to the device, None
    where they stay there; with `low_vram` it brings one at a time, and an optimizer's memory goes with its expert."""

    def __init__(self, job: Job, learners: list[Learner], residency: Residency | None):
        self.learners = {learner.expert: learner for learner in learners}
        self._device, self._low_vram, self.residency = device_of(job.device), job.model.low_vram, residency
        self.activations = Activations(job, learners, self._device)

    @classmethod
    def load(cls, job: Job, where) -> "Experts":
        """Load the experts of `job.stages` from `where` (as `weights.resolve` gave it) and give each its LoRA."""
        residency = residency_for(job)
        learners = [Learner(expert, load_expert(job, where, expert, residency), job) for expert in job.stages]
        return cls(job, learners, residency)

    def at_work(self, expert: str) -> Learner:
        """Return the learner of `expert`, its optimizer's memory on the device; with `low_vram` no other's is there."""
        if self._low_vram:
            for learner in self.learners.values():
                if learner.expert != expert:
                    learner.remember_at(torch.device("cpu"))
        learner = self.learners[expert]
        learner.remember_at(self._device)
        return learner

    def expect(self, expert: str, backwards: int) -> None:
        """After so many more backward passes it is the turn of `expert`: its weights may come already."""
        if self.residency is not None:
            self.residency.expect(self.learners[expert].transformer, backwards)

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
