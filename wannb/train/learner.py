"""One expert that learns: its transformer with a LoRA, and an optimizer of its own (decision 5)."""

import torch
from diffusers import WanTransformer3DModel
from torch import Tensor

from wannb.job import Job
from wannb.job.train import Train
from wannb.refusal import Refusal
from wannb.train.randomness import Purpose, seed_for
from wannb.wan import lora
from wannb.wan.adapter import Adapter


class Learner:
    """An expert with its LoRA and optimizer.

    transformer: frozen, as loaded. The LoRA's weights are fp32 whatever the expert's precision.
    """

    def __init__(self, expert: str, transformer: WanTransformer3DModel, job: Job):
        self.expert, self.transformer = expert, transformer
        seed = seed_for(job.seed, Purpose.ADAPTER, job.stages.index(expert))
        lora.attach(transformer, Adapter.of(job, expert), seed)
        self.parameters = {name: p for name, p in transformer.named_parameters() if p.requires_grad}
        self.optimizer = adamw(list(self.parameters.values()), job.train)
        self._memory_at: torch.device | None = None  # unknown until the first move
        if job.train.gradient_checkpointing:
            transformer.enable_gradient_checkpointing()

    @property
    def device(self) -> torch.device:
        return self.transformer.patch_embedding.weight.device

    @property
    def dtype(self) -> torch.dtype:
        """The precision of the frozen expert's activations."""
        return self.transformer.patch_embedding.weight.dtype

    def move(self, device: torch.device) -> None:
        """Bring the expert, its LoRA and the optimizer's memory to `device`, each where it is not there already."""
        if self.device.type != device.type or device.index not in (None, self.device.index):
            self.transformer.to(device)
        if self._memory_at != device:
            for memory in self.optimizer.state.values():
                memory.update({what: value.to(device) for what, value in memory.items()})
            self._memory_at = device

    def update(self, max_grad_norm: float) -> float:
        """Clip the gradients to `max_grad_norm`, take the optimizer's step, return the norm they had before."""
        norm = torch.nn.utils.clip_grad_norm_(self.parameters.values(), max_grad_norm).item()
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return norm

    def state(self) -> dict[str, Tensor]:
        """Return all that the next step depends on, by name: `lora.<parameter>`, `optimizer.<what>.<parameter>`."""
        tensors = {f"lora.{name}": parameter.detach() for name, parameter in self.parameters.items()}
        for name, parameter in self.parameters.items():
            for what, value in self.optimizer.state.get(parameter, {}).items():
                tensors[f"optimizer.{what}.{name}"] = value
        return tensors

    def load(self, tensors: dict[str, Tensor]) -> None:
        """Put back what `state` gave; raises Refusal where it belongs to another model or rank."""
        shapes = {f"lora.{name}": parameter.shape for name, parameter in self.parameters.items()}
        if shapes != {name: tensor.shape for name, tensor in tensors.items() if name.startswith("lora.")}:
            raise Refusal(f"The saved state of the {self.expert}-noise expert is of another model or rank: begin anew.")
        for name, parameter in self.parameters.items():
            parameter.data.copy_(tensors[f"lora.{name}"])
        places = {name: index for index, name in enumerate(self.parameters)}
        memory: dict[int, dict[str, Tensor]] = {}
        for key, tensor in tensors.items():
            kind, rest = key.split(".", 1)
            if kind == "optimizer":
                what, name = rest.split(".", 1)
                memory.setdefault(places[name], {})[what] = tensor.clone()
        self.optimizer.load_state_dict({**self.optimizer.state_dict(), "state": memory})
        self._memory_at = None


def adamw(parameters: list[torch.nn.Parameter], train: Train) -> torch.optim.AdamW:
    """Return AdamW with the job's rate and `optimizer_params`; fused, which is the fastest on CPU and GPU alike."""
    more = train.optimizer_params
    return torch.optim.AdamW(
        parameters, lr=train.lr, betas=tuple(more.betas), eps=more.eps, weight_decay=more.weight_decay, fused=True
    )

