"""What of a job's model is still on the hub."""

from wannb.job import Job, base_model
from wannb.job.parts.misfit import Misfit
from wannb.job.parts.parts import Where, of_job, place


def downloads(job: Job) -> dict[str, float]:
    """Hub id → about how many GB of it are fetched first; nothing where the model cannot be told yet."""
    try:
        where = of_job(job)
    except Misfit:  # a finding of its own
        return {}
    experts = job.stages if job.train.disable_sampling else list(base_model.EXPERTS)  # previews take both
    found = {name: base_model.lacking(name, parts) for name, parts in _on_hub(where, experts).items()}
    return {name: gb for name, gb in found.items() if gb}


def _on_hub(where: Where, experts: list[str]) -> dict[str, list[str]]:
    """Hub id → the parts that are taken from there."""
    found: dict[str, list[str]] = {}
    for part in [*experts, "text_encoder", "vae"]:
        lies = place(where, part)
        if isinstance(lies, str) and base_model.is_hub_id(lies) and not base_model.is_tiny(lies):
            found.setdefault(lies, []).append(part)
    return found
