"""Previews with a distillation LoRA: what `wannb.preview_lora` makes of the job's samples, and what they are called."""

from dataclasses import replace
from pathlib import Path

from wannb.job.job import Job
from wannb.job.samples import Sample
from wannb.refusal import Refusal


def files(job: Job) -> dict[str, Path] | None:
    """Expert -> its distillation LoRA; None where the job has none. Raises Refusal where one of the two is missing."""
    wanted = {expert: getattr(job.wannb.preview_lora, expert) for expert in ("high", "low")}
    if not any(wanted.values()):
        return None
    for expert, path in wanted.items():
        if not path:
            raise Refusal(f"wannb.preview_lora.{expert} is unset: a distillation LoRA has a file for each expert.")
    return {expert: Path(path) for expert, path in wanted.items()}


def previewed(job: Job, sample: Sample) -> Sample:
    """`sample` as previews make it: in a few steps and without guidance where the job has a distillation LoRA."""
    own = job.wannb.preview_lora
    if not own.high and not own.low:
        return sample
    return replace(sample, steps=own.steps, guidance_scale=1.0, guidance_scale_2=1.0)


def label(job: Job) -> str | None:
    """What a preview's facts and its viewers say of it: `4 steps with NAME`; None for plain ones."""
    wanted = files(job)
    return None if wanted is None else f"{job.wannb.preview_lora.steps} steps with {wanted['high'].stem}"
