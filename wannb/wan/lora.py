"""A LoRA on one expert: attach it, train it, read it, set its strength."""

import math
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from diffusers import WanTransformer3DModel
from peft import LoraConfig
from peft.tuners.lora import LoraLayer

from wannb.refusal import Refusal

ADAPTER = "default"
# exactly the ten linears of a block, 400 in the 14B; no embedder, no head (formats.md 2.1)
TARGETS = ["to_q", "to_k", "to_v", "to_out.0", "ffn.net.0.proj", "ffn.net.2"]


def attach(transformer: WanTransformer3DModel, rank: int, alpha: float, seed: int) -> None:
    """Add a LoRA (scale alpha / rank, weights in fp32) to the block linears of a frozen expert.

    A is drawn Kaiming-uniform as PEFT draws it, but from `seed` alone; B is zero, so the expert starts as its base.
    """
    config = LoraConfig(r=rank, lora_alpha=alpha, target_modules=TARGETS, init_lora_weights=True)
    with torch.random.fork_rng(devices=[]):  # PEFT draws from the global generator; what we draw follows
        transformer.add_adapter(config, adapter_name=ADAPTER)
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in _parameters(transformer).items():
        parameter.data = parameter.data.to(torch.float32)
        if ".lora_A." in name:
            drawn = torch.empty(parameter.shape)
            torch.nn.init.kaiming_uniform_(drawn, a=math.sqrt(5), generator=generator)
            parameter.data.copy_(drawn)


def trainable(transformer: WanTransformer3DModel) -> list[torch.nn.Parameter]:
    """The LoRA's parameters, fp32, in the order of the model's modules."""
    return list(_parameters(transformer).values())


def scale(transformer: WanTransformer3DModel) -> float:
    """alpha / rank of the attached LoRA; raises Refusal where none is attached."""
    for layer in _layers(transformer):
        return layer.lora_alpha[ADAPTER] / layer.r[ADAPTER]
    raise Refusal("This expert has no LoRA attached: attach one before reading or loading its weights.")


def state(transformer: WanTransformer3DModel) -> dict[str, torch.Tensor]:
    """Copies on the CPU, fp32: `blocks.N.attn1.to_q.lora_A.weight` [rank, in], `.lora_B.weight` [out, rank], ...

    Raw weights: the scale alpha / rank is not in them.
    """
    return {
        _public(name): parameter.detach().to("cpu", torch.float32, copy=True)
        for name, parameter in _parameters(transformer).items()
    }


def load_state(transformer: WanTransformer3DModel, tensors: dict[str, torch.Tensor]) -> None:
    """Put back what `state` gave; raises Refusal where names or shapes are not those of the attached LoRA."""
    parameters = {_public(name): parameter for name, parameter in _parameters(transformer).items()}
    _compare(parameters, tensors)
    for name, parameter in parameters.items():
        parameter.data.copy_(tensors[name])


def set_strength(transformer: WanTransformer3DModel, strength: float) -> None:
    """Multiply what the live LoRA adds by `strength`: 1 as trained, 0 the base model. No LoRA: nothing to do."""
    for layer in _layers(transformer):
        layer.set_scale(ADAPTER, strength)


@contextmanager
def strength(transformer: WanTransformer3DModel, value: float) -> Iterator[None]:
    """Inside the block the live LoRA has strength `value`; afterwards 1 again."""
    set_strength(transformer, value)
    try:
        yield
    finally:
        set_strength(transformer, 1.0)


def _layers(transformer: WanTransformer3DModel) -> Iterator[LoraLayer]:
    return (
        module for module in transformer.modules() if isinstance(module, LoraLayer) and ADAPTER in module.lora_A
    )


def _parameters(transformer: WanTransformer3DModel) -> dict[str, torch.nn.Parameter]:
    suffixes = (f".lora_A.{ADAPTER}.weight", f".lora_B.{ADAPTER}.weight")
    return {name: parameter for name, parameter in transformer.named_parameters() if name.endswith(suffixes)}


def _public(name: str) -> str:
    return name.replace(f".{ADAPTER}.weight", ".weight")


def _compare(expected: dict[str, torch.nn.Parameter], given: dict[str, torch.Tensor]) -> None:
    if not expected:
        raise Refusal("This expert has no LoRA attached: attach one before loading weights into it.")
    missing, unknown = sorted(expected.keys() - given.keys()), sorted(given.keys() - expected.keys())
    if missing or unknown:
        lists = [f"lacks {missing[0]}" if missing else "", f"has {unknown[0]}" if unknown else ""]
        raise Refusal(
            f"These LoRA weights are not for this expert ({len(missing)} tensors missing, {len(unknown)} unknown; it "
            + " and ".join(part for part in lists if part)
            + "): use a LoRA of the same model."
        )
    for name, parameter in expected.items():
        if given[name].shape != parameter.shape:
            raise Refusal(
                f"{name} is {list(given[name].shape)} in the LoRA weights but {list(parameter.shape)} here: use a LoRA "
                "of the same model and rank."
            )
