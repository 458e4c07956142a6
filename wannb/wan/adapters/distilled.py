"""A distillation LoRA (Lightning and its kind) on an expert for a while, beside the LoRA that is being trained.

Such files hold more than pairs: `.diff` is added to a weight, `.diff_b` to a bias, and some pairs are of
linears outside the blocks. All of it is put on for the time of a preview and taken off again to the last bit.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import torch
from diffusers import WanTransformer3DModel
from torch import Tensor, nn

from wannb.refusal import Refusal
from wannb.wan.adapters import layer_names, lora_spellings
from wannb.wan.adapters.key_names import diffusers_module
from wannb.wan.adapters.lora_file import tensors_and_header
from wannb.wan.adapters.lora_spellings import Pair
from wannb.wan.streaming import residency

PREFIX = "diffusion_model."
ADDED = {".diff_b": "bias", ".diff": "weight"}
PAIR_FILES = "a distillation LoRA is a .safetensors file of an expert, as lightx2v writes them"


def euler(scheduler_config: dict, steps: int) -> dict:
    """`scheduler_config` of UniPC as one whose steps are Euler's, which distilled models are made for.

    Of first order without corrector UniPC holds the predicted clip fixed over a step; on flow's straight lines that is
    Euler's step.
    """
    base = scheduler_config or {"prediction_type": "flow_prediction", "use_flow_sigmas": True}
    return base | {"solver_order": 1, "disable_corrector": list(range(steps))}


@contextmanager
def attached(
    expert: WanTransformer3DModel, path: Path, strength: float, device: str | torch.device
) -> Iterator[None]:
    """Inside the block `expert` has the distillation LoRA of `path` at `strength`, whatever else is attached to it.

    The factors take their place on `device` in the expert's precision. Raises Refusal for a file of another kind or of
    another model, and changes nothing then.
    """
    pairs, added = read(path)
    places = [(_module(expert, layer, path), layer, pair) for layer, pair in pairs.items()]
    for module, layer, pair in places:
        _fits(_shape(module), (len(pair.up), pair.down.shape[1]), layer, path)
    parameters = [(_parameter(expert, name, path), delta) for name, delta in added.items()]
    for (parameter, delta), name in zip(parameters, added, strict=True):
        _fits(tuple(parameter.shape), tuple(delta.shape), name, path)
    with ExitStack() as stack:
        for _, layer, pair in places:
            factors = [one.to(device, expert.dtype) for one in (pair.down, strength * pair.up)]
            hook = expert.get_submodule(layer).register_forward_hook(_adding(*factors))
            stack.callback(hook.remove)
        for parameter, delta in parameters:
            with residency.writing(expert, parameter) as numbers:
                stack.callback(_put_back, expert, parameter, numbers.clone())
                numbers.copy_(numbers.float() + strength * delta.to(numbers.device))
        yield


def read(path: Path) -> tuple[dict[str, Pair], dict[str, Tensor]]:
    """(pairs by layer, what is added by parameter), diffusers' names, fp32; raises Refusal for what else is in `path`.

    The spellings are those of `lora_spellings`: original names with a prefix, lora_A/B or lora_down/up with `.alpha`,
    kohya's underscores.
    """
    tensors, _ = tensors_and_header(path)
    added = {}
    for key in list(tensors):
        end = next((end for end in ADDED if key.endswith(end)), None)
        if end:
            module = _named(key.removesuffix(end).removeprefix(PREFIX), key, path)
            name = module if module.endswith("scale_shift_table") else f"{module}.{ADDED[end]}"
            added[name] = tensors.pop(key).float()
    pairs = {}
    for layer, parts in lora_spellings.parts(tensors, path).items():
        inside = layer_names.is_linear(layer)
        pairs[layer if inside else _named(layer, layer, path)] = lora_spellings.pair(layer, parts, {}, path)
    if not pairs:
        raise Refusal(f"{path} holds no LoRA: {PAIR_FILES}.")
    return pairs, added


def _adding(down: Tensor, up: Tensor):
    def add(module: nn.Module, given: tuple, output: Tensor) -> Tensor:
        x = given[0]
        change = nn.functional.linear(nn.functional.linear(x.to(down.dtype), down.to(x.device)), up.to(x.device))
        return output + change.to(output.dtype)

    return add


def _named(module: str, key: str, path: Path) -> str:
    try:
        return diffusers_module(module)
    except KeyError:
        raise Refusal(f"{path} holds {key}, which is no weight of a Wan 2.2 expert: {PAIR_FILES}.") from None


def _module(expert: WanTransformer3DModel, layer: str, path: Path) -> nn.Module:
    """The linear itself, under whatever adapter wraps it."""
    try:
        module = expert.get_submodule(layer)
    except AttributeError:
        raise Refusal(f"{path} is of another model: it has {layer}.") from None
    return getattr(module, "base_layer", module)


def _parameter(expert: WanTransformer3DModel, name: str, path: Path) -> nn.Parameter:
    layer, _, kind = name.rpartition(".")
    found = getattr(_module(expert, layer, path) if layer else expert, kind, None)
    if not isinstance(found, nn.Parameter) or not found.is_floating_point():
        raise Refusal(f"{path} changes {name}, which this expert does not have unquantized: {PAIR_FILES}.")
    return found


def _shape(module: nn.Module) -> tuple[int, ...]:
    """Of its weight, in however few bits a linear's is held."""
    return (module.out_features, module.in_features) if isinstance(module, nn.Linear) else tuple(module.weight.shape)


def _fits(there: tuple[int, ...], shape: tuple[int, ...], name: str, path: Path) -> None:
    if there != shape:
        raise Refusal(f"{path} is of another model: {name} is {list(shape)} there but {list(there)} here.")


def _put_back(expert: WanTransformer3DModel, parameter: nn.Parameter, before: Tensor) -> None:
    with residency.writing(expert, parameter) as numbers:
        numbers.copy_(before)
