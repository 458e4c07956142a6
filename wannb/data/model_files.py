"""How large a job's model is, read from its configuration where that lies on this machine. Nothing is fetched."""

from pathlib import Path

from wannb.bundled import TINY_WANS, TINY_WEIGHTS
from wannb.job import Job, base_model
from wannb.job.cost.model_shape import ModelShape
from wannb.job.parts import kinds
from wannb.job.parts.downloads import downloads
from wannb.job.parts.misfit import Misfit
from wannb.job.parts.parts import Place, Where, of_job, place

GB = 10**9


def shape_of(job: Job) -> ModelShape:
    """The sizes of the job's model: of files here, else Wan 2.2 14B's."""
    tiny = TINY_WANS.get(job.model.name_or_path.strip())
    try:
        found = _read(TINY_WEIGHTS if tiny else of_job(job))
    except (Misfit, KeyError, TypeError):  # incomplete or another model: a finding of its own
        found = None
    if found is None:
        return ModelShape.of_14b(job.task)
    return found.for_task(tiny) if tiny else found


def download_bytes(job: Job) -> int:
    """Of a model that is not on this machine yet; previews take both experts."""
    return int(GB * sum(downloads(job).values()))


def _read(where: Where) -> ModelShape | None:
    high, text, vae = (_here(place(where, part)) for part in ("high", "text_encoder", "vae"))
    if high is None or text is None or vae is None:
        return None
    return ModelShape.of_configs(kinds.expert_config(high, "high"), kinds.text_config(text), kinds.vae_config(vae))


def _here(lies: Place) -> Path | None:
    """A path as it is; of a hub id its folder in the hub's cache, where there is one."""
    return lies if isinstance(lies, Path) else base_model.folder_of(lies)
