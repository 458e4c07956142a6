"""The adapter on one expert, LoRA or LoKr: attach it, train it, read it, set its strength."""

import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from weakref import WeakKeyDictionary

import torch
from diffusers import WanTransformer3DModel
from peft import LoraConfig
from peft.tuners.lokr.layer import LoKrLayer
from peft.tuners.lora import LoraLayer

from wannb.refusal import Refusal
from wannb.wan.adapters import lokr, low_rank
from wannb.wan.adapters.adapter import Adapter
from wannb.wan.adapters.lora_linear import LoraLinear

ADAPTER = "default"
FACTOR = re.compile(rf"(.+)\.(lora_[AB]|lokr_w1|lokr_w2|lokr_w2_[ab])\.{ADAPTER}(\.weight)?")
ZERO = ("lora_B", "lokr_w2", "lokr_w2_b")  # the factors that begin at zero, so that dW does

_attached: WeakKeyDictionary = WeakKeyDictionary()
"""Transformer -> its layers with an adapter: to look for them among four thousand modules takes 10 ms."""


def attach(transformer: WanTransformer3DModel, adapter: Adapter, seed: int) -> None:
    """Add `adapter` (weights in fp32) to the linears of a frozen expert; raises Refusal where its patterns leave none.

    One factor of each layer is zero, so the expert starts as its base; the others are drawn Kaiming-uniform as PEFT and
    LyCORIS draw them, but from `seed` alone. Dropout is off until `dropping`.
    """
    layers = adapter.layers(transformer)
    _attached.pop(transformer, None)
    with torch.random.fork_rng(devices=[]):  # PEFT draws from the global generator; what we draw follows
        transformer.add_adapter(_config(adapter, layers), adapter_name=ADAPTER)
    _attached[transformer] = _layers(transformer)
    for layer in _layers(transformer).values():
        if isinstance(layer, LoKrLayer):
            lokr.settle(layer, ADAPTER, adapter.dropout)
    for module in _dropouts(transformer):
        module.eval()
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in _parameters(transformer).items():
        parameter.data = parameter.data.to(torch.float32)
        if FACTOR.fullmatch(name)[2] in ZERO:
            parameter.data.zero_()
        else:
            drawn = torch.empty(parameter.shape)
            torch.nn.init.kaiming_uniform_(drawn, a=math.sqrt(5), generator=generator)
            parameter.data.copy_(drawn)


def detach(transformer: WanTransformer3DModel) -> None:
    """Take the adapter off again, so that another of any kind and rank can be attached; none there: nothing to do."""
    if _layers(transformer):
        transformer.unload_lora()
    _attached.pop(transformer, None)


def fits(transformer: WanTransformer3DModel, tensors: dict[str, torch.Tensor]) -> bool:
    """Whether `load_state` takes `tensors`: an adapter is attached that has these names and shapes."""
    parameters = factors(transformer)
    shapes = {name: parameter.shape for name, parameter in parameters.items()}
    return bool(shapes) and shapes == {name: tensor.shape for name, tensor in tensors.items()}


def kind(transformer: WanTransformer3DModel) -> str | None:
    """`lora`, `lokr`, or None where nothing is attached."""
    for layer in _layers(transformer).values():
        return "lokr" if isinstance(layer, LoKrLayer) else "lora"
    return None


def trainable(transformer: WanTransformer3DModel) -> list[torch.nn.Parameter]:
    """The adapter's parameters, fp32, in the order of the model's modules."""
    return list(_parameters(transformer).values())


def factors(transformer: WanTransformer3DModel) -> dict[str, torch.nn.Parameter]:
    """The adapter's parameters by the names that `state` gives them."""
    return {_public(name): parameter for name, parameter in _parameters(transformer).items()}


def scales(transformer: WanTransformer3DModel) -> dict[str, float]:
    """alpha / rank of each layer that has an adapter, by the layer's name; empty where none is attached."""
    return {name: _scale(layer) for name, layer in _layers(transformer).items()}


def state(transformer: WanTransformer3DModel) -> dict[str, torch.Tensor]:
    """Copies on the CPU, fp32. LoRA: `blocks.N.attn1.to_q.lora_A.weight` [rank, in], `.lora_B.weight` [out, rank], …
    LoKr: `….lokr_w1`, and `….lokr_w2` or `….lokr_w2_a` [·, rank] and `….lokr_w2_b` [rank, ·].

    Raw weights: the scale alpha / rank is not in them.
    """
    return {
        name: parameter.detach().to("cpu", torch.float32, copy=True) for name, parameter in factors(transformer).items()
    }


def load_state(transformer: WanTransformer3DModel, tensors: dict[str, torch.Tensor]) -> None:
    """Put back what `state` gave; raises Refusal where names or shapes are not those of the attached adapter."""
    parameters = factors(transformer)
    _compare(parameters, tensors)
    for name, parameter in parameters.items():
        parameter.data.copy_(tensors[name])


@torch.no_grad()
def delta_norm(transformer: WanTransformer3DModel) -> torch.Tensor:
    """‖dW‖, the Frobenius norm over all layers together of what the adapter at strength 1 adds to the weights: 0-dim,
    fp32, on the expert's device, without forming dW and without waiting for the device. Raises Refusal without one."""
    squares = squared_norms(transformer)
    if not squares:
        raise Refusal("This expert has no LoRA attached: attach one before measuring it.")
    return torch.stack(list(squares.values())).sum().sqrt()


@torch.no_grad()
def squared_norms(transformer: WanTransformer3DModel) -> dict[str, torch.Tensor]:
    """‖dW‖² of each layer that has an adapter, 0-dim, on its device, without forming dW; empty where there is none."""
    layers = _layers(transformer)
    if kind(transformer) == "lokr":
        return {name: _scale(layer) ** 2 * lokr.squared_norm(layer, ADAPTER) for name, layer in layers.items()}
    return low_rank.squared_norms({name: _product(layer) for name, layer in layers.items()})


def frozen(transformer: WanTransformer3DModel) -> dict[str, torch.nn.Module]:
    """The linears under the adapter, as they are, by the layer's name."""
    return {name: layer.get_base_layer() for name, layer in _layers(transformer).items()}


def set_strength(transformer: WanTransformer3DModel, strength: float) -> None:
    """Multiply what the live adapter adds by `strength`: 1 as trained, 0 the base model. None there: nothing to do."""
    for layer in _layers(transformer).values():
        layer.set_scale(ADAPTER, strength)


@contextmanager
def strength(transformer: WanTransformer3DModel, value: float) -> Iterator[None]:
    """Inside the block the live adapter has strength `value`; afterwards 1 again."""
    set_strength(transformer, value)
    try:
        yield
    finally:
        set_strength(transformer, 1.0)


@contextmanager
def dropping(transformer: WanTransformer3DModel, seed: int) -> Iterator[None]:
    """Inside the block the adapter's dropout is on and a function of `seed`; outside it is off. No dropout: no effect.

    Forward and backward belong into one block. The generators' own states are as before afterwards.
    """
    modules = [module for module in _dropouts(transformer) if module.p > 0]
    if not modules:
        yield
        return
    device = transformer.patch_embedding.weight.device
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        for module in modules:
            module.train()
        try:
            yield
        finally:
            for module in modules:
                module.eval()


def _config(adapter: Adapter, layers: list[str]):
    if adapter.kind == "lokr":
        return lokr.config(adapter, layers)
    config = LoraConfig(r=adapter.rank, lora_alpha=adapter.alpha, lora_dropout=adapter.dropout, target_modules=layers)
    config._register_custom_module({torch.nn.Linear: LoraLinear})  # PEFT's way to say which
    return config


def _layers(transformer: WanTransformer3DModel) -> dict[str, LoraLayer | LoKrLayer]:
    if transformer in _attached:
        return _attached[transformer]
    found = {}
    for name, module in transformer.named_modules():
        if isinstance(module, LoraLayer) and ADAPTER in module.lora_A:
            found[name] = module
        elif isinstance(module, LoKrLayer) and ADAPTER in module.lokr_w1:
            found[name] = module
    return found


def _dropouts(transformer: WanTransformer3DModel) -> list[torch.nn.Dropout]:
    layers = _layers(transformer).values()
    found = [one.input_dropout if isinstance(one, LoKrLayer) else one.lora_dropout[ADAPTER] for one in layers]
    return [module for module in found if isinstance(module, torch.nn.Dropout)]


def _scale(layer: LoraLayer | LoKrLayer) -> float:
    alpha = layer.alpha if isinstance(layer, LoKrLayer) else layer.lora_alpha
    return alpha[ADAPTER] / layer.r[ADAPTER]


def _product(layer: LoraLayer) -> tuple[float, torch.Tensor, torch.Tensor]:
    return _scale(layer), layer.lora_B[ADAPTER].weight, layer.lora_A[ADAPTER].weight


def _parameters(transformer: WanTransformer3DModel) -> dict[str, torch.nn.Parameter]:
    return {name: parameter for name, parameter in transformer.named_parameters() if FACTOR.fullmatch(name)}


def _public(name: str) -> str:
    match = FACTOR.fullmatch(name)
    return f"{match[1]}.{match[2]}{match[3] or ''}"


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
