"""LoRA files of an earlier export that lie beside the ones that are exported now."""

import filecmp
import re
from collections.abc import Iterable
from pathlib import Path


def beside(out: Path, name: str, files: Iterable[Path]) -> list[Path]:
    """The LoRA files of the job `name` in the folder `out` that are none of `files`."""
    ours = re.compile(re.escape(name) + r"(_\d{9})?_(high|low)_noise\.safetensors")
    kept = {path.name for path in files}
    return sorted(path for path in out.glob("*.safetensors") if ours.fullmatch(path.name) and path.name not in kept)


def take_away(files: Iterable[Path], checkpoints: Path) -> list[Path]:
    """Delete those of `files` that still lie in `checkpoints`, byte for byte, so that nothing is lost; return them."""
    gone = []
    for path in files:
        original = checkpoints / path.name
        if not path.is_symlink() and original.is_file() and filecmp.cmp(path, original, shallow=False):
            path.unlink()
            gone.append(path)
    return gone
