"""A part beside the experts as a single file, as ComfyUI has it: what it is, by its header alone."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wannb.job.parts.expert_file import refuse_quantized
from wannb.job.parts.misfit import another
from wannb.job.parts.tensor_file import TensorFile

Shapes = dict[str, tuple[int, ...]]


@dataclass(frozen=True)
class PartFile:
    """`config`: what the library's class takes; `keys`: the library's name → the tensor's name in the file."""

    file: TensorFile
    config: dict[str, Any]
    keys: dict[str, str]


def read(
    path: Path,
    keys: Callable[[TensorFile], dict[str, str]],
    config: Callable[[TensorFile, Shapes], dict[str, Any]],
    none: str,
    take: str,
) -> PartFile:
    """Read the header. keys: file → the library's name of each weight → its name there; config: file and shapes by the
    library's names → configuration. Both raise what a missing name or another shape raises.

    Raises Misfit for what is no safetensors file, for `none` (what a file of something else is: "no VAE of Wan") and
    for weights in fewer than 16 bits; `take` says what to take instead.
    """
    file = TensorFile.read(path)
    try:
        named = keys(file)
        refuse_quantized(file, named.values(), take)
        return PartFile(file, config(file, {name: file.tensors[key].shape for name, key in named.items()}), named)
    except (KeyError, ValueError, IndexError, ZeroDivisionError) as error:
        raise another(path, none, take) from error
