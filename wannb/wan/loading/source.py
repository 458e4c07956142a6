"""Where a model's files lie: a local diffusers folder, or a repository of the Hugging Face hub."""

import json
from pathlib import Path
from typing import Any

from wannb.job.parts import diffusers_folder, kinds
from wannb.job.parts.parts import Place, Where, place
from wannb.job.parts.vae_file import LATENT_CHANNELS, another_vae
from wannb.refusal import Refusal
from wannb.wan.loading import random_model

EXPERT_FOLDERS = diffusers_folder.EXPERTS
OTHER_FORMS = ["*.bin", "*.pt", "*.pth", "*.ckpt", "*.msgpack", "*.h5", "*.onnx", "*.gguf", "*.fp16.*", "*.fp16-*"]
"""Of the same weights, which nobody reads here."""


def local_folder(path: Path) -> Path:
    """Return `path` when it is a complete Wan 2.2 folder in diffusers' layout; raise Refusal naming what is missing."""
    diffusers_folder.check(path)
    return path


def is_file(lies: Place) -> bool:
    """Whether a part lies in a single file."""
    return isinstance(lies, Path) and lies.is_file()


def index(where: Where) -> dict[str, Any]:
    """The model_index.json of the folder or repository that the experts lie in; single files have none."""
    lies = place(where, "high")
    return {} if is_file(lies) else read_json(lies, "model_index.json")


def expert_config(where: Where, expert: str) -> dict[str, Any]:
    """The config.json of one expert; of a single file what its header says."""
    lies = place(where, expert)
    if isinstance(lies, Path):
        return kinds.expert_config(lies, expert)
    return read_json(lies, f"{EXPERT_FOLDERS[expert]}/config.json")


def split_hub_id(where: str) -> tuple[str, str | None]:
    """`org/name@revision` -> (`org/name`, `revision`), `org/name` -> (`org/name`, None)."""
    repository, _, revision = where.partition("@")
    return repository, revision or None


def location(where: Path | str) -> dict[str, str | None]:
    """The keyword arguments that point a `from_pretrained` at `where`."""
    if isinstance(where, Path):
        return {"pretrained_model_name_or_path": str(where)}
    repository, revision = split_hub_id(where)
    return {"pretrained_model_name_or_path": repository, "revision": revision}


def read_json(where: Path | str, name: str) -> dict:
    """Read one JSON file of the model; raise Refusal where it is missing, unreachable or not JSON."""
    if random_model.is_random(where):
        return random_model.config(where, name)
    path = where / name if isinstance(where, Path) else _fetch(where, name)
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Refusal(
            f"{path} cannot be read ({error.strerror}): set model.name_or_path to a Wan 2.2 folder."
        ) from error
    except ValueError as error:
        raise Refusal(f"{path} is not JSON ({error}): download the model folder again.") from error


def refuse_another_vae(where: Where) -> None:
    """Raise Refusal where a repository's VAE is not Wan 2.1's; what is on this machine is looked at before."""
    lies = place(where, "vae")
    if not isinstance(lies, Path) and not random_model.is_random(lies):
        channels = read_json(lies, "vae/config.json").get("z_dim", LATENT_CHANNELS)
        if channels != LATENT_CHANNELS:
            raise another_vae(lies, channels)


def component_files(where: Place, component: str) -> list[Path]:
    """Every file of one component, sorted by name; a hub id has them fetched into the hub's own cache first."""
    if is_file(where):
        return [where]
    folder = where / component if isinstance(where, Path) else _fetch_folder(where, component)
    return sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))


def weight_files(where: Path | str, component: str) -> list[Path]:
    """The `.safetensors` files of one component, those of its index where it has one; a hub id has them fetched into
    the hub's own cache first. Raises Refusal where one is missing."""
    folder = where / component if isinstance(where, Path) else _fetch_folder(where, component)
    return diffusers_folder.weight_files(folder)


def _fetch(where: str, name: str) -> Path:
    from huggingface_hub import hf_hub_download

    repository, revision = split_hub_id(where)
    try:
        return Path(hf_hub_download(repository, name, revision=revision))
    except Exception as error:  # the hub's client raises a dozen kinds; each means "not to be had"
        raise _unreachable(where, name, error) from error


def _fetch_folder(where: str, component: str) -> Path:
    from huggingface_hub import snapshot_download

    repository, revision = split_hub_id(where)
    try:
        wanted = {"allow_patterns": [f"{component}/*"], "ignore_patterns": OTHER_FORMS}
        return Path(snapshot_download(repository, revision=revision, **wanted)) / component
    except Exception as error:
        raise _unreachable(where, f"{component}/", error) from error


def _unreachable(where: str, name: str, error: Exception) -> Refusal:
    return Refusal(
        f"{name} of {where} cannot be fetched from the hub ({type(error).__name__}): check the id, the revision, the "
        "network and the licence you may have to accept there, or set model.name_or_path to a local folder."
    )
