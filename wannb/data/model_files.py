"""How large a job's model is, read from its configuration where that lies on this machine. Nothing is fetched."""

import json
from pathlib import Path

from wannb.bundled import TINY_WANS, TINY_WEIGHTS
from wannb.job import Job, base_model
from wannb.job.cost.model_shape import ModelShape

GB = 10**9


def shape_of(job: Job) -> ModelShape:
    """The sizes of the job's model: of a folder here, else Wan 2.2 14B's."""
    name = job.model.name_or_path.strip()
    tiny = TINY_WANS.get(name)
    try:
        folder = TINY_WEIGHTS if tiny else base_model.folder_of(name) if name else None
        found = _read(folder) if folder else None
    except (OSError, ValueError, KeyError, TypeError):  # incomplete or another model: a finding of its own
        found = None
    if found is None:
        return ModelShape.of_14b(job.task)
    return found.for_task(tiny) if tiny else found


def download_bytes(job: Job) -> int:
    """Of a model that is not on this machine yet; previews take both experts."""
    name = job.model.name_or_path.strip()
    if not base_model.is_hub_id(name) or name in TINY_WANS:
        return 0
    experts = job.stages if job.train.disable_sampling else list(base_model.EXPERTS)
    return int(GB * base_model.to_download(name, experts))


def _read(folder: Path) -> ModelShape:
    parts = ("transformer", "text_encoder", "vae")
    return ModelShape.of_configs(*(json.loads((folder / part / "config.json").read_text()) for part in parts))
