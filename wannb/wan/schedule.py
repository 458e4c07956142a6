"""The noise schedule of a job's model as far as it can be known here and now, without a download."""

from pathlib import Path

from wannb.job import Job
from wannb.job.schedule import of_model
from wannb.wan.loading import source


def known_schedule(job: Job) -> tuple[float, float]:
    """Return (boundary, shift) of the job's model: a local folder's own, else its task's; the job's go before both.

    Raises Refusal where the folder's `model_index.json` cannot be read.
    """
    name = (job.model.unet_path or job.model.name_or_path).strip()  # of the experts' folder
    path = Path(name).expanduser()
    local = name and (path / "model_index.json").is_file()
    boundary, shift = of_model(source.read_json(path, "model_index.json") if local else {}, job.task)
    return job.wannb.boundary or boundary, job.wannb.shift or shift
