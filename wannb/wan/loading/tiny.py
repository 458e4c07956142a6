"""The tiny Wan: the I2V folder ships in the package, the T2V folder is cut from it."""

import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path

from wannb.bundled import TINY_WANS, TINY_WEIGHTS
from wannb.refusal import Refusal

NAMES, SHIPPED = TINY_WANS, TINY_WEIGHTS


def folder(task: str) -> Path:
    """The complete diffusers folder of the tiny Wan for `task` ("t2v" | "i2v"); raises Refusal where none shipped."""
    if not (SHIPPED / "model_index.json").is_file():
        raise Refusal(f"The tiny Wan is missing from {SHIPPED}: reinstall wannb with its package data.")
    if task == "i2v":
        return SHIPPED
    target = user_cache() / f"tiny-wan2.2-t2v-{_stamp(SHIPPED)}"
    if not (target / "model_index.json").is_file():
        cut_t2v(SHIPPED, target)
    return target


def user_cache() -> Path:
    """wannb's folder in the user's cache (`$WANNB_CACHE`, else `$XDG_CACHE_HOME/wannb`, else `~/.cache/wannb`)."""
    if os.environ.get("WANNB_CACHE"):
        return Path(os.environ["WANNB_CACHE"])
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "wannb"


def cut_t2v(i2v: Path, target: Path) -> None:
    """Write to `target` the T2V pipeline inside the I2V pipeline folder `i2v`.

    The tiny experts were trained on both tasks, T2V with mask and condition zero, so the T2V expert is exactly the
    I2V expert without the 20 input channels that only ever saw zeros (tiny-wan.md). The folder appears whole.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        shutil.copytree(i2v, work, dirs_exist_ok=True)
        for expert in ("transformer", "transformer_2"):
            _cut_expert(work / expert)
        _rewrite(work / "model_index.json", _t2v_index)
        work.chmod(0o755)
        os.rename(work, target)
    except OSError:
        if not (target / "model_index.json").is_file():  # otherwise another process was quicker
            raise
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _cut_expert(expert: Path) -> None:
    from safetensors import safe_open
    from safetensors.torch import save_file

    for path in expert.glob("*.safetensors"):
        with safe_open(path, "pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}
            metadata = file.metadata()
        if "patch_embedding.weight" in tensors:
            tensors["patch_embedding.weight"] = tensors["patch_embedding.weight"][:, :16].contiguous()
        save_file(tensors, path, metadata=metadata)
    _rewrite(expert / "config.json", lambda config: {**config, "in_channels": 16})


def _t2v_index(index: dict) -> dict:
    """The T2V model_index: its own boundary and shift may stand in the I2V one, under "wannb": {"t2v": {...}}."""
    own = (index.get("wannb") or {}).get("t2v") or {}
    kept = {key: value for key, value in index.items() if key not in ("image_encoder", "image_processor", "wannb")}
    kept |= {"_class_name": "WanPipeline", "boundary_ratio": own.get("boundary_ratio", 0.875)}
    return kept | ({"wannb": {"shift": own["shift"]}} if "shift" in own else {})


def _rewrite(path: Path, change) -> None:
    path.write_text(json.dumps(change(json.loads(path.read_text())), indent=2) + "\n")


def _stamp(root: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        if path.is_file():
            digest.update(str(path.relative_to(root)).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
