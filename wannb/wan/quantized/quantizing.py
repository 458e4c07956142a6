"""A block's linears in fewer bits. What is outside the blocks (embedders, `proj_out`) stays as it is (decision 21)."""

from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial

from torch import nn

from wannb.wan.quantized import quanto
from wannb.wan.quantized.eight_bits import EightBitLinear
from wannb.wan.quantized.float8 import Float8Linear
from wannb.wan.quantized.frozen_linear import FrozenLinear
from wannb.wan.quantized.uint4 import Uint4Linear

KINDS: dict[str, Callable[[nn.Linear], nn.Linear]] = {
    "float8": Float8Linear.of,
    **{name: partial(quanto.of, name=name) for name in ("qfloat8", "qint8", "qint4")},
    "uint4": Uint4Linear.of,
}
"""By the job file's name: a frozen linear -> what takes its place."""


@dataclass(frozen=True)
class Scheme:
    """kind: of KINDS; exclude: linears that stay as they are, as patterns of their names in a block (`ffn.*`)."""

    kind: str
    exclude: tuple[str, ...] = ()


def quantize_block(block: nn.Module, scheme: Scheme | str) -> None:
    """Replace every linear inside `block` (of an expert or of the text encoder) where it lies; a kind alone is a scheme
    without exceptions."""
    scheme = Scheme(scheme) if isinstance(scheme, str) else scheme
    for name, module in list(block.named_modules()):
        if isinstance(module, nn.Linear) and not isinstance(module, FrozenLinear) and not _excluded(name, scheme):
            parent, _, last = name.rpartition(".")
            setattr(block.get_submodule(parent), last, _placed(KINDS[scheme.kind](module), name))


def _placed(linear: nn.Linear, name: str) -> nn.Linear:
    """`linear`, told where it stands in an expert's block."""
    if isinstance(linear, EightBitLinear) and ".to_out" in name:
        linear.after_attention()
    elif isinstance(linear, EightBitLinear) and ".to_" in name:
        linear.before_attention()
    return linear


def _excluded(name: str, scheme: Scheme) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in scheme.exclude)
