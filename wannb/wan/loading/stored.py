"""The weights of one part of a model as they lie on the disk: read one after another, each once, where it is wanted."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import safe_open
from torch import nn

from wannb.job.parts.tensor_file import TensorFile
from wannb.refusal import Refusal


@dataclass(frozen=True)
class Stored:
    """`places`: the name that the model has for a tensor → the file and the name in it.

    A file is mapped only while it is read from, so memory holds what was taken of it and no more.
    """

    what: str
    places: Mapping[str, tuple[Path, str]]

    @classmethod
    def of_files(cls, what: str, files: Iterable[Path]) -> "Stored":
        """All tensors of `files` under their own names; raises Refusal for a file that is not whole. `what` names the
        part in refusals."""
        return cls(what, {name: (path, name) for path in files for name in TensorFile.read(path).tensors})

    def fill(self, model: nn.Module, names: Iterable[str], device: str | torch.device) -> None:
        """Give the parameters `names` of `model` memory on `device` and their weights, each in the precision that it
        has in `model`; they come out frozen. Raises Refusal for one that is missing or of another shape."""
        by_file: dict[Path, list[tuple[str, str]]] = {}
        for name in names:
            if name not in self.places:
                raise Refusal(f"{self.what} lacks {name}: it is not a whole Wan 2.2 14B, download it again.")
            path, key = self.places[name]
            by_file.setdefault(path, []).append((name, key))
        for path, entries in by_file.items():
            with safe_open(path, "pt") as file:
                for name, key in entries:
                    self._give(model, name, file.get_tensor(key), device)

    def fill_around(self, model: nn.Module, device: str | torch.device) -> None:
        """`fill` what a transformer has beside its blocks."""
        self.fill(model, [name for name, _ in model.named_parameters() if not name.startswith("blocks.")], device)

    def fill_block(self, model: nn.Module, number: int, device: str | torch.device) -> None:
        """`fill` one block of a transformer."""
        self._expect(f"blocks.{number + 1}.")
        names = [f"blocks.{number}.{name}" for name, _ in model.blocks[number].named_parameters()]
        self.fill(model, names, device)

    def _expect(self, prefix: str) -> None:
        """Have the system read ahead what begins with `prefix`, while what was read before is quantized and copied."""
        if not hasattr(os, "posix_fadvise"):
            return
        wanted: dict[Path, list[str]] = {}
        for name, (path, key) in self.places.items():
            if name.startswith(prefix):
                wanted.setdefault(path, []).append(key)
        for path, keys in wanted.items():
            tensors = TensorFile.read(path).tensors
            with open(path, "rb") as file:
                for one in (tensors[key] for key in keys):
                    os.posix_fadvise(file.fileno(), one.begin, one.end - one.begin, os.POSIX_FADV_WILLNEED)

    def _give(self, model: nn.Module, name: str, tensor: torch.Tensor, device: str | torch.device) -> None:
        parent, _, last = name.rpartition(".")
        module = model.get_submodule(parent)
        wanted = getattr(module, last)
        if tensor.shape != wanted.shape:
            shapes = f"{list(tensor.shape)} in place of {list(wanted.shape)}"
            raise Refusal(f"{self.what} holds {name} as {shapes}: it is another model's, or its config.json is.")
        taken = torch.empty(wanted.shape, dtype=wanted.dtype, device=device).copy_(tensor)
        setattr(module, last, nn.Parameter(taken, requires_grad=False))
