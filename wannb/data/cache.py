"""Tensors on disk, found by the content that they were made from."""

import re
import zlib
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from wannb.data.content import digest, file_digest
from wannb.data.items import Item
from wannb.files import replacing
from wannb.refusal import Refusal

_KEY = re.compile(r"[0-9a-f]{16,128}")
_SUM = "wannb.crc32"


def clip_key(item: Item, vae_fingerprint: str, task: str) -> str:
    """Names the latents (and for `i2v` the condition, with a mask its weights) of `item` by one VAE."""
    mask = item.mask
    masked = ("mask-1", file_digest(mask.path), str(mask.invert), f"{mask.floor:g}") if mask else ()
    return digest("latents-1", item.key, vae_fingerprint, task, *masked)


def text_key(prompt: str, text_fingerprint: str) -> str:
    """Names the embedding of `prompt` by one text encoder."""
    return digest("text-1", prompt, text_fingerprint)


class TensorCache:
    """A folder of safetensors files, one a key. Files appear whole; a damaged one counts as missing."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)

    def path(self, key: str) -> Path:
        """Where `key` (hex digits) is kept."""
        if not _KEY.fullmatch(key):
            raise ValueError(f"{key!r} is no cache key")
        return self.folder / key[:2] / f"{key}.safetensors"

    def has(self, key: str) -> bool:
        """Whether `key` is there in full length; a file that is not is removed, so that it is encoded anew."""
        path = self.path(key)
        if not path.is_file():
            return False
        try:
            with safe_open(path, framework="pt") as file:
                return _SUM in (file.metadata() or {}) or self._drop(path)
        except (SafetensorError, OSError, ValueError):
            return self._drop(path)

    def read(self, key: str) -> dict[str, torch.Tensor]:
        """The tensors of `key`, checked by their sum; raises Refusal for missing or damaged ones."""
        path = self.path(key)
        try:
            with safe_open(path, framework="pt") as file:
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
                wanted = (file.metadata() or {}).get(_SUM)
        except (SafetensorError, OSError, ValueError) as error:
            kind = "missing from" if not path.exists() else "damaged in"
            path.unlink(missing_ok=True)
            raise Refusal(f"An entry is {kind} the cache {self.folder}: run again to encode it anew.") from error
        if wanted != _sum(tensors):
            path.unlink(missing_ok=True)
            raise Refusal(f"An entry is damaged in the cache {self.folder}: run again to encode it anew.")
        return tensors

    def meta(self, key: str) -> dict[str, str]:
        """What was written beside the tensors of `key`."""
        with safe_open(self.path(key), framework="pt") as file:
            return {name: value for name, value in file.metadata().items() if name != _SUM}

    def write(self, key: str, tensors: Mapping[str, torch.Tensor], meta: Mapping[str, str] | None = None) -> None:
        """Keep `tensors` under `key`; `meta` (strings) is for people who look into the file."""
        kept = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
        header = {name: str(value) for name, value in (meta or {}).items()} | {_SUM: _sum(kept)}
        with replacing(self.path(key)) as temporary:
            temporary.write_bytes(save(kept, metadata=header))

    def _drop(self, path: Path) -> bool:
        path.unlink(missing_ok=True)
        return False


def _sum(tensors: Mapping[str, torch.Tensor]) -> str:
    value = 0
    for name in sorted(tensors):
        value = zlib.crc32(name.encode(), value)
        value = zlib.crc32(tensors[name].reshape(-1).view(torch.uint8).numpy(), value)
    return f"{value:08x}"
