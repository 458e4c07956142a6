"""A block's linears in fewer bits. What is outside the blocks (embedders, `proj_out`) stays as it is (decision 21)."""

from torch import nn

from wannb.wan.float8 import Float8Linear

SCHEMES = {"float8": Float8Linear.of}
"""By the job file's name: a frozen linear -> what takes its place."""


def quantize_block(block: nn.Module, scheme: str) -> None:
    """Replace every linear inside `block`, where it lies."""
    replaced = {name: module for name, module in block.named_modules() if isinstance(module, nn.Linear)}
    for name, module in replaced.items():
        parent, _, last = name.rpartition(".")
        setattr(block.get_submodule(parent), last, SCHEMES[scheme](module))
