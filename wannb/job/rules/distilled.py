"""Preflight of the distillation LoRA for previews: both its files, where they are said to be."""

from collections.abc import Iterator
from pathlib import Path

from wannb.job.cures import Put
from wannb.job.finding import Finding
from wannb.job.job import Job
from wannb.words import say


def distilled_findings(job: Job) -> Iterator[Finding]:
    """Findings on `wannb.preview_lora`; none where it is unset or nothing is sampled."""
    paths = {expert: getattr(job.wannb.preview_lora, expert) for expert in ("high", "low")}
    if job.train.disable_sampling or not any(paths.values()):
        return
    without = Put({f"wannb.preview_lora.{expert}": None for expert in paths})
    for expert in (expert for expert, path in paths.items() if not path):
        where = f"wannb.preview_lora.{expert}"
        message = say(
            "The distillation LoRA has no file for the {expert}-noise expert, and previews take both.", expert=expert
        )
        yield Finding("distilled-half", "error", where, message, say("Set it, or leave both out."), without)
        return
    for expert, path in paths.items():
        if not Path(path).is_file() or Path(path).suffix.lower() != ".safetensors":
            where, message = (
                f"wannb.preview_lora.{expert}",
                say("There is no .safetensors file {path!r} for previews.", path=path),
            )
            yield Finding(
                "distilled-missing", "error", where, message, say("Name the file, or leave both out."), without
            )
            return
