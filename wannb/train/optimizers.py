"""The optimizers by the names of the job file, each from a library that keeps it, and their memory as plain tensors."""

from collections.abc import Iterator

import torch
from torch import Tensor

from wannb.job.train import Train
from wannb.refusal import Refusal

Parameters = dict[str, torch.nn.Parameter]
NOT_MEMORY = ("params", "lr", "ratio")
_TENSOR, _NUMBER, _GROUP = "optimizer", "optimizer_number", "optimizer_group"


def optimizer_for(parameters: Parameters, train: Train, lora_plus: float = 1.0) -> torch.optim.Optimizer:
    """Return the job's optimizer over `parameters`; `set_rate` gives it its rate before each step.

    lora_plus: how many times faster B (`lora_B`) learns than A (LoRA+, arXiv:2402.12354).
    """
    groups = _groups(parameters, lora_plus)
    more, lr = train.optimizer_params, train.lr
    if train.optimizer == "adafactor":
        return torch.optim.Adafactor(groups, lr=lr, weight_decay=more.weight_decay)
    adam = {"betas": tuple(more.betas), "eps": more.eps, "weight_decay": more.weight_decay}
    if train.optimizer == "adamw8bit":
        return _adamw8bit()(groups, lr=lr, **adam)
    if train.optimizer == "prodigy":
        from prodigyopt import Prodigy

        return Prodigy(groups, lr=lr, **adam)
    # fused is the fastest on CPU and GPU alike
    return torch.optim.AdamW(groups, lr=lr, fused=True, **adam)


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Give every group its rate: `rate` times the group's ratio."""
    for group in optimizer.param_groups:
        group["lr"] = rate * group["ratio"]


def memory(optimizer: torch.optim.Optimizer, parameters: Parameters) -> dict[str, Tensor]:
    """Return what the next step depends on besides the weights: by parameter, and what a group counts and estimates."""
    tensors = {}
    for name, parameter in parameters.items():
        for what, value in optimizer.state.get(parameter, {}).items():
            if not isinstance(value, Tensor):
                tensors[f"{_NUMBER}.{what}.{name}"] = _packed(value)
            else:  # bitsandbytes has one code table for all parameters, and a file holds each tensor for itself
                tensors[f"{_TENSOR}.{what}.{name}"] = value.clone() if what.startswith("qmap") else value
    for index, group in enumerate(optimizer.param_groups):
        numbers = {what: value for what, value in group.items() if what not in NOT_MEMORY}
        tensors |= {
            f"{_GROUP}.{what}.{index}": _packed(float(value) if isinstance(value, Tensor) else value)
            for what, value in numbers.items()
            if what in _estimates(optimizer)
        }
    return tensors


def remember(optimizer: torch.optim.Optimizer, parameters: Parameters, tensors: dict[str, Tensor]) -> None:
    """Put back what `memory` gave; other names are passed over. Tensors come to where their parameter is."""
    for key, tensor in tensors.items():
        kind, _, rest = key.partition(".")
        what, _, name = rest.partition(".")
        if kind == _TENSOR:
            optimizer.state[parameters[name]][what] = tensor.to(parameters[name].device, copy=True)
        elif kind == _NUMBER:
            optimizer.state[parameters[name]][what] = tensor.item()
        elif kind == _GROUP and int(name) < len(optimizer.param_groups):
            optimizer.param_groups[int(name)][what] = tensor.item()


def _groups(parameters: Parameters, lora_plus: float) -> list[dict]:
    fast = [p for name, p in parameters.items() if ".lora_B." in name] if lora_plus != 1 else []
    known = {id(p) for p in fast}
    groups = [{"params": [p for p in parameters.values() if id(p) not in known], "ratio": 1.0}]
    return [*groups, {"params": fast, "ratio": lora_plus}] if fast else groups


def _adamw8bit() -> type[torch.optim.Optimizer]:
    try:
        from bitsandbytes.optim import AdamW8bit
    except ImportError as error:
        raise Refusal(
            f"AdamW8bit needs bitsandbytes, which cannot be loaded here ({error}): install it (pip install "
            "bitsandbytes), or set train.optimizer to adamw."
        ) from error
    return AdamW8bit


def _estimates(optimizer: torch.optim.Optimizer) -> Iterator[str]:
    """The names of what an optimizer keeps for a whole group: Prodigy's distance and its parts."""
    kept = ("d", "d_max", "d_numerator", "d_denom", "d_hat", "k")
    return iter(kept if type(optimizer).__name__ == "Prodigy" else ())


def _packed(value: float | int) -> Tensor:
    return torch.tensor(value, dtype=torch.int64 if isinstance(value, int) else torch.float64)
