"""The ways in which self-attention can be computed here, and the fastest of them, forward and backward, by measuring.

Nothing global is switched: each expert's processors are told their way, and another expert may have another.
"""

import importlib.util
import math
import time
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel

from wannb.wan.kernels.flash_four import flash_four

Way = Callable[[Tensor, Tensor, Tensor], Tensor]
"""query, key, value: [B, T, heads, d] -> [B, T, heads, d]."""

ROWS = 2**18
"""Tokens times heads that are timed: milliseconds of a card, longer than a library takes to begin, in little memory."""
PASSES = 6
PACKAGES = {"flash_attn": "flash_attn", "flash_attn_interface": "flash_attn_3"}
"""FlashAttention 2 and 3: the package, and where it registers `_flash_attn_forward`, for else it does not compile."""
NAMES = {
    "flash_attn": "FlashAttention 2",
    "flash_attn_interface": "FlashAttention 3",
    "flash_four": "FlashAttention 4",
}
"""Those that are there because somebody installed them, and wants to know where they do nothing."""

_unusable: dict[str, str] = {}


def plain(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """What torch takes by itself."""
    return F.scaled_dot_product_attention(*(one.transpose(1, 2) for one in (query, key, value))).transpose(1, 2)


def cudnn(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    with sdpa_kernel(SDPBackend.CUDNN_ATTENTION):
        return plain(query, key, value)


def flash(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    with sdpa_kernel(SDPBackend.FLASH_ATTENTION):
        return plain(query, key, value)


def efficient(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    with sdpa_kernel(SDPBackend.EFFICIENT_ATTENTION):
        return plain(query, key, value)


def ways(device_type: str) -> dict[str, Way]:
    """Those that a device may have; FlashAttention 2, 3 and 4 where their packages are installed."""
    if device_type != "cuda":
        return {"plain": plain}
    four = {"flash_four": flash_four} if has_flash_four() else {}
    return {"plain": plain, "cudnn": cudnn, "flash": flash, "efficient": efficient} | dict(_packages()) | four


def _packages() -> Iterator[tuple[str, Way]]:
    for package, operators in PACKAGES.items():
        try:
            function = import_module(package).flash_attn_func
            getattr(torch.ops, operators)._flash_attn_forward  # noqa: B018
        except AttributeError:  # another package of this name, or too old a one
            continue
        except (ImportError, OSError) as error:  # the last: built for another torch
            if getattr(error, "name", None) != package:  # which is: not installed
                _unusable[NAMES[package]] = _sentence(error)
            continue
        yield package, lambda *qkv, function=function: function(*qkv)


def has_flash_four() -> bool:
    """Whether the package flash-attn-4 is installed."""
    try:
        return importlib.util.find_spec("flash_attn.cute") is not None
    except (ImportError, OSError):  # no flash_attn at all, or FlashAttention 2 built for another torch
        return False


def registered() -> set[object]:
    """The forward operators of those packages that are there, as a compiled graph names them."""
    return {getattr(torch.ops, PACKAGES[name])._flash_attn_forward.default for name, _ in _packages()}


@cache
def fastest(length_class: int, heads: int, size: int, dtype: torch.dtype, device: torch.device) -> Way:
    """The way that takes a forward and a backward pass over 2^`length_class` tokens in the shortest time.

    heads, size: of the attention; `dtype`, `device`: of its tensors. A way that has no backward pass there is none.
    """
    found = ways(device.type)
    if len(found) == 1:
        return plain
    numbers = torch.Generator(device).manual_seed(0)
    shape = 1, 2**length_class, min(heads, max(1, ROWS >> length_class)), size
    given = [torch.randn(shape, dtype=dtype, device=device, generator=numbers) for _ in range(4)]
    took = {name: seconds(way, given) for name, way in found.items()}
    _unusable.update({NAMES[one]: refused(found[one], given) for one in took if one in NAMES and took[one] == math.inf})
    best = min(took, key=took.__getitem__)
    return found[best] if math.isfinite(took[best]) else plain  # which then says what is wrong


def seconds(way: Way, given: list[Tensor]) -> float:
    """Of a pass in both directions; infinite where it cannot be made. given: query, key, value and the gradient.

    The passes follow each other as a step's do: what a library takes to start its kernels is seen only where the card
    waits for it.
    """
    try:
        _pass(way, given)
        _done(given[0].device)
        began = time.perf_counter()
        for _ in range(PASSES):
            _pass(way, given)
        _done(given[0].device)
        return (time.perf_counter() - began) / PASSES
    except Exception:  # each library has its own kind for "not on this card"
        return math.inf


def refused(way: Way, given: list[Tensor]) -> str:
    """What a way says that cannot make a pass; empty where it can."""
    try:
        _pass(way, given)
        _done(given[0].device)
    except Exception as error:  # as above
        return _sentence(error)
    return ""


def unusable() -> dict[str, str]:
    """The installed packages by name that were found to make no pass here, and what each of them says."""
    return dict(_unusable)


def _sentence(error: Exception) -> str:
    """Its kind and its first line."""
    return f"{type(error).__name__}: {next(iter(str(error).strip().splitlines()), '')}"


def _pass(way: Way, given: list[Tensor]) -> None:
    *qkv, gradient = given
    leaves = [one.detach().requires_grad_() for one in qkv]
    with torch.enable_grad():
        torch.autograd.grad(way(*leaves), leaves, gradient)


def _done(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
