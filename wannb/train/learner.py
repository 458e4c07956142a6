"""One expert that learns: its transformer with a LoRA, an optimizer and, where asked for, a running mean of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from diffusers import WanTransformer3DModel
from torch import Tensor

from wannb.job import Job
from wannb.refusal import Refusal
from wannb.train.averages import Average
from wannb.train.optimizers import memory, optimizer_for, remember, set_rate
from wannb.train.randomness import Purpose, seed_for
from wannb.wan.adapters import lora, warm_start
from wannb.wan.adapters.adapter import Adapter
from wannb.wan.adapters.warm_start import Started

MOST_MEMORIES = 2
"""Times an adapter's size that AdamW remembers; the other optimizers remember less."""


class Learner:
    """An expert with its LoRA and optimizer.

    transformer: frozen, as loaded. The LoRA's weights are fp32 whatever the expert's precision.
    delta_norm: ‖ΔW‖, the Frobenius norm of all that the LoRA adds to the expert's weights, after the last update; the
        device is waited for when it is read.
    updates: how many were begun in this process; one that failed halfway left weights that belong to no step.
    """

    def __init__(self, expert: str, transformer: WanTransformer3DModel, job: Job):
        self.expert, self.transformer = expert, transformer
        lora.attach(transformer, Adapter.of(job, expert), seed_for(job.seed, Purpose.ADAPTER, job.stages.index(expert)))
        self.parameters = {name: p for name, p in transformer.named_parameters() if p.requires_grad}
        self.optimizer = optimizer_for(self.parameters, job.train, job.wannb.lora_plus_ratio)
        ema = job.train.ema_config
        self.average = Average(self.parameters, ema.ema_decay) if ema.use_ema else None
        self._memory_at: torch.device | None = None  # unknown until the first move
        self._delta_norm = lora.delta_norm(transformer)
        self.updates = 0

    def start_from(self, path: str | Path) -> Started:
        """Begin with the LoRA that `path` names (`warm_start.start`) in place of a fresh one."""
        started = warm_start.start(self.transformer, path, self.expert)
        if self.average:
            self.average.begin({})
        self._delta_norm = lora.delta_norm(self.transformer)
        return started

    @property
    def delta_norm(self) -> float:
        if isinstance(self._delta_norm, Tensor):
            self._delta_norm = self._delta_norm.item()
        return self._delta_norm

    @property
    def device(self) -> torch.device:
        return self.transformer.patch_embedding.weight.device

    @property
    def dtype(self) -> torch.dtype:
        """The precision of the frozen expert's activations."""
        return self.transformer.patch_embedding.weight.dtype

    @property
    def adapter_bytes(self) -> int:
        """Of the adapter's weights, and as many of its gradients."""
        return sum(p.nbytes for p in self.parameters.values())

    @property
    def memory_bytes(self) -> int:
        """Of what the optimizer remembers at most, whether it is there yet or not."""
        return MOST_MEMORIES * self.adapter_bytes

    def remember_at(self, device: torch.device) -> None:
        """Bring the optimizer's memory to `device`, where it is not there already. Main memory's is pinned where the
        expert has a card, which is waited for once."""
        if self._memory_at == device:
            return
        for kept in self.optimizer.state.values():
            kept.update({what: _moved(value, device) for what, value in kept.items() if isinstance(value, Tensor)})
        if self.device.type == "cuda":
            torch.cuda.current_stream(self.device).synchronize()
        self._memory_at = device

    def update(self, rate: float, max_grad_norm: float) -> Tensor:
        """Clip the gradients to `max_grad_norm`, take the optimizer's step, return the norm they had before, 0-dim.

        The device is not waited for.
        """
        norm = torch.nn.utils.clip_grad_norm_(self.parameters.values(), max_grad_norm)
        set_rate(self.optimizer, rate)
        self.updates += 1
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        if self.average:
            self.average.update()
        self._delta_norm = lora.delta_norm(self.transformer)
        return norm

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """Inside the block the LoRA has its running mean for weights, where the job keeps one."""
        if self.average is None:
            yield
            return
        with self.average.in_place():
            yield

    def state(self) -> dict[str, Tensor]:
        """Return all that the next step depends on, by name: `lora.<parameter>`, `ema.<parameter>`, the optimizer's."""
        tensors = {f"lora.{name}": parameter.detach() for name, parameter in self.parameters.items()}
        means = self.average.mean if self.average else {}
        tensors |= {f"ema.{name}": mean for name, mean in means.items()}
        return tensors | memory(self.optimizer, self.parameters)

    def load(self, tensors: dict[str, Tensor], same_optimizer: bool = True) -> None:
        """Put back what `state` gave; raises Refusal where it belongs to another model or rank.

        Another optimizer begins with no memory; a running mean that the state lacks begins with the weights.
        """
        weights = _under("lora.", tensors)
        shapes = {name: parameter.shape for name, parameter in self.parameters.items()}
        if shapes != {name: tensor.shape for name, tensor in weights.items()}:
            raise Refusal(f"The saved state of the {self.expert}-noise expert is of another model or rank: begin anew.")
        for name, parameter in self.parameters.items():
            parameter.data.copy_(weights[name])
        if self.average:
            self.average.begin(_under("ema.", tensors))
        if same_optimizer:
            remember(self.optimizer, self.parameters, tensors)
        self._memory_at = None
        self._delta_norm = lora.delta_norm(self.transformer)


def _moved(tensor: Tensor, device: torch.device) -> Tensor:
    """`tensor` on `device`; the copy may still be under way."""
    if device.type != "cpu" or tensor.device.type != "cuda":
        return tensor.to(device, non_blocking=True)
    return torch.empty_like(tensor, device=device, pin_memory=True).copy_(tensor, non_blocking=True)


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
